import { SynergyError } from '../domain/errors.ts';
import type { Settings } from '../settings.ts';
import type { FromUnit, ToUnit } from '../supervisor/message.ts';
import { lineOf } from './failure.ts';
import type { News } from './news.ts';

/** Something started, to be stopped. */
export interface Running {
  stop(): Promise<void>;
}

/** What a unit is given to begin. */
export interface UnitBegin {
  readonly settings: Settings;
  /** Lease owner. */
  readonly owner: string;
  readonly tell: (news: News) => void;
  /** Aborted when it is to stop, also before it has begun. */
  readonly stopping: AbortSignal;
}

/** Added to the grace of running work before a process that will not stop ends itself, ms. */
const LAST_RESORT = 2500;

const send = (message: FromUnit, sent: () => void = () => undefined): void => {
  if (process.send !== undefined && process.connected) process.send(message, sent);
  else sent();
};

const fail = (error: unknown): void => {
  const leave = (): never => process.exit(1);
  if (error instanceof SynergyError)
    return send({ type: 'refused', code: error.code, message: error.message }, leave);
  process.stderr.write(`${lineOf(error) ?? ''}\n`);
  leave();
};

/**
 * Makes this process a unit of the supervisor that forked it: begins when it is told to, and stops at SIGTERM or when
 * its supervisor is gone.
 */
export const serveUnit = (run: (begin: UnitBegin) => Promise<Running>): void => {
  let running: Promise<Running> | undefined;
  let grace = 0;
  const stopping = new AbortController();

  const stop = (): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    setTimeout(() => process.exit(1), grace + LAST_RESORT).unref();
    const stopped = running === undefined ? Promise.resolve() : running.then((service) => service.stop());
    stopped.then(() => process.exit(0), fail);
  };

  process.on('message', (message: ToUnit) => {
    const settings = message.brief as unknown as Settings;
    grace = settings.workerGrace;
    running = run({
      settings: Object.freeze(settings),
      owner: message.owner,
      tell: (news) => send({ type: 'news', news }),
      stopping: stopping.signal,
    });
    running.then(() => send({ type: 'ready' }), fail);
  });
  process.on('disconnect', stop);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
};
