import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';
import type { WorkerStore } from '../../db/store.ts';
import type { Clock } from '../../domain/clock.ts';
import type { LogFields, Logger } from '../../domain/logger.ts';
import { createLeaseBoard } from './lease-board.ts';
import { createOccupants } from './occupancy.ts';
import type { OccupancyListener, OccupancyMessage } from './occupancy.ts';
import { createRetry } from '../../lib/retry.ts';
import { sleep, within } from '../../lib/sleep.ts';
import { stopwatch as realStopwatch } from '../../lib/stopwatch.ts';
import type { Stopwatch } from '../../lib/stopwatch.ts';

/** Milliseconds a thread gets to end by itself; the store may hold it up. */
const STOP_PATIENCE = 3000;

/** What the heart is told; structured-cloneable, as it crosses into the thread. */
export interface HeartbeatSettings {
  readonly owner: string;
  /** Milliseconds between renewals, and how long each prolongs the leases. */
  readonly interval: number;
  readonly lease: number;
  /** Buffer of the lease board. */
  readonly board: SharedArrayBuffer;
}

/** Answer of one renewal: a unit claimed before `round` began and not among `ids` is lost or canceled. */
export interface Renewal {
  readonly round: number;
  readonly ids: readonly string[];
}

/** What the thread says to the host. */
type HeartbeatMessage =
  | { readonly type: 'renewal'; readonly renewal: Renewal }
  | {
      readonly type: 'log';
      readonly level: keyof Logger;
      readonly message: string;
      readonly fields?: LogFields;
    };

/** What the host says to the thread. */
type HostMessage = 'stop' | OccupancyMessage;

export interface Heartbeat extends Partial<OccupancyListener> {
  /** Resolves when no further renewal will be made. */
  stop(): Promise<void>;
}

/** Handed to the worker host by the composition root, which knows how to open a store in another thread. */
export type StartHeartbeat = (
  settings: HeartbeatSettings,
  onRenewal: (renewal: Renewal) => void,
) => Heartbeat;

/** The beat itself, to be run in a thread with a store of its own. Ends when the host says anything through `port`. */
export const runHeartbeat = async (heart: {
  readonly store: Pick<WorkerStore, 'renewLeases'>;
  readonly clock: Clock;
  readonly port: MessagePort;
  readonly settings: HeartbeatSettings;
  /** Default: the machine's. */
  readonly stopwatch?: Stopwatch;
  /** What the thread does beside, until the signal aborts. */
  readonly watch?: (signal: AbortSignal) => Promise<void>;
}): Promise<void> => {
  const { store, clock, port, settings, stopwatch = realStopwatch } = heart;
  const board = createLeaseBoard(settings.board);
  const tell = (message: HeartbeatMessage): void => port.postMessage(message);
  const stop = new AbortController();
  const hear = (message: HostMessage): void => {
    if (message === 'stop') stop.abort();
  };
  port.on('message', hear);
  const watching = heart.watch?.(stop.signal);
  const retry = createRetry('renew the leases', logThrough(tell));
  let pause = settings.interval;
  while (!stop.signal.aborted) {
    await sleep(pause, stop.signal);
    pause = settings.interval;
    if (board.held() === 0) continue;
    const sent = { round: board.nextRound(), at: stopwatch() };
    try {
      const ids = await store.renewLeases(settings.owner, clock.now() + settings.lease);
      board.renewed(sent);
      tell({ type: 'renewal', renewal: { round: sent.round, ids } });
      retry.over();
    } catch (error) {
      await sleep(retry.failed(error), stop.signal);
      // The leases run out meanwhile.
      pause = 0;
    }
  }
  port.off('message', hear);
  await watching;
};

const logThrough = (tell: (message: HeartbeatMessage) => void): Logger => {
  const at =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}) =>
      tell({ type: 'log', level, message, fields });
  return { info: at('info'), warn: at('warn'), error: at('error') };
};

/** What the thread's module finds as its workerData, `Data` being what it needs to open the store. */
export type HeartbeatThreadData<Data> = Data & { readonly settings: HeartbeatSettings };

/**
 * Keeps a heartbeat thread running. Its `entry` module opens a store and calls `runHeartbeat`; a thread that dies (it
 * could not open the store, say) is started again.
 */
export const heartbeatThread =
  (entry: URL, data: object, logger: Logger): StartHeartbeat =>
  (settings, onRenewal) => {
    const stop = new AbortController();
    const retry = createRetry('keep the heartbeat thread running', logger);
    const pause = (error: unknown): Promise<void> => sleep(retry.failed(error), stop.signal);
    let thread: Worker;
    const say = (message: HostMessage): void => thread.postMessage(message);
    const occupants = createOccupants(say);
    const hear = (message: HeartbeatMessage): void => {
      retry.over();
      if (message.type === 'renewal') onRenewal(message.renewal);
      else logger[message.level](message.message, message.fields);
    };
    const stopped = (): boolean => stop.signal.aborted;
    const live = async (): Promise<void> => {
      while (!stopped()) {
        thread = new Worker(entry, {
          workerData: { ...data, settings } satisfies HeartbeatThreadData<object>,
        });
        thread.on('message', hear);
        occupants.repeat();
        try {
          const [code] = (await once(thread, 'exit')) as [number];
          if (!stopped()) await pause(`it ended with code ${code}`);
        } catch (error) {
          await pause(error);
        }
      }
    };
    const life = live();
    return {
      ...occupants,
      async stop() {
        stop.abort();
        say('stop');
        // Ending it by force in the middle of a database call would end this process with it.
        await within(STOP_PATIENCE, life);
        thread.unref();
      },
    };
  };
