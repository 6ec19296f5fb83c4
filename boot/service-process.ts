import { SynergyError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { Settings } from '../settings.ts';
import { SERVICE_MARK, killLeftovers } from '../lib/os/process-mark.ts';
import { startTimer } from '../lib/os/timer.ts';
import { linkToSupervisor } from '../supervisor/ipc/client.ts';
import { endProcess } from '../worker/output/run-output.ts';
import { createLogger } from './logger.ts';
import type { ServiceLog } from './logger.ts';
import { lineOf } from '../lib/terminal/exit.ts';
import type { RunEvent } from './run-event.ts';
import { printError } from '../lib/terminal/output.ts';
import { onUncaught } from './uncaught.ts';

/** Something started, to be stopped. */
export interface Running {
  stop(): Promise<void>;
}

/** What a service is given to begin. */
export interface ServiceBegin {
  readonly settings: Settings;
  /** Lease owner. */
  readonly owner: string;
  /** Closed by the owner of the process, when nothing runs any more. */
  readonly logger: Logger;
  readonly tell: (news: RunEvent) => void;
  /** Aborted when it is to stop, also before it has begun. */
  readonly stopping: AbortSignal;
  /** Ends the process at once, for a reason that shows only at work. */
  readonly fail: (error: SynergyError) => void;
}

/** Carried by this process and all it starts. */
const mark = process.env[SERVICE_MARK] ?? '';
/** Added to the grace of running work before a process that will not stop ends itself, ms. */
const LAST_RESORT = 2000;

/**
 * What a supervisor that takes over is told again, by kind of news: where it is to be found, and how far it got. The rest
 * was news once.
 */
const lasting: { readonly [K in RunEvent['kind']]?: string } = {
  listening: 'place',
  'standing-by': 'place',
  progress: 'progress',
  done: 'done',
};

/** The ways out of this process. Whichever is taken, what was logged is written before. */
const makeExits = (refuse: (error: SynergyError) => Promise<void>) => {
  let log: ServiceLog | undefined;
  const leave = (code: number): void => {
    void (log?.close() ?? Promise.resolve()).then(() => {
      // Without a supervisor no other process would.
      if (mark !== '') killLeftovers(SERVICE_MARK, [mark]);
      endProcess(code);
    });
  };
  const crash = (error: unknown): void => {
    const text = lineOf(error) ?? '';
    if (log === undefined) printError(text);
    else log.error(text);
    leave(1);
  };
  let failed = false;
  // What fails next does so because of the first, and tells the supervisor something else.
  const fail = (error: unknown): void => {
    if (failed) return;
    failed = true;
    if (!(error instanceof SynergyError)) return crash(error);
    void refuse(error).then(() => leave(1));
  };
  const write = (logger: ServiceLog): Logger => (log = logger);
  return { leave, crash, fail, write };
};

/** Output is for the terminal of a supervisor that may be gone. */
const outliveOutput = (): void => {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
};

/**
 * Makes this process a service of the supervisor that started it: begins when it is told to, and stops at SIGTERM, or when
 * its supervisor is gone and no other one has taken over within `adoptWithin`.
 */
export const serveService = (service: string, run: (begin: ServiceBegin) => Promise<Running>): void => {
  const exits = makeExits(({ code, message }) => link.sayLast({ type: 'refused', code, message }));
  let running: Promise<Running> | undefined;
  let grace = 0;
  const stopping = new AbortController();

  const begin = async (settings: Settings, owner: string): Promise<Running> => {
    const logger = exits.write(createLogger(settings, service));
    const tell = (news: RunEvent): void => link.say({ type: 'news', news }, lasting[news.kind]);
    return run({ settings, owner, logger, tell, stopping: stopping.signal, fail: exits.fail });
  };

  const stop = (): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    startTimer(grace + LAST_RESORT, () => exits.leave(1), false);
    const stopped = running === undefined ? Promise.resolve() : running.then((service) => service.stop());
    stopped.then(() => exits.leave(0), exits.fail);
  };

  const link = linkToSupervisor({
    dataDir: process.argv[2] ?? '',
    mark,
    begin: ({ owner, brief }) => {
      const settings = Object.freeze(brief as unknown as Settings);
      grace = settings.workerGrace;
      running = begin(settings, owner);
      running.then(() => link.say({ type: 'ready' }, 'ready'), exits.fail);
      return settings.adoptWithin;
    },
    stop,
  });
  outliveOutput();
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  onUncaught(exits.crash);
};
