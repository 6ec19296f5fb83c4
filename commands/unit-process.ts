import { SynergyError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { Settings } from '../settings.ts';
import type { FromUnit, ToUnit } from '../supervisor/message.ts';
import { createLogger } from './create-logger.ts';
import type { UnitLog } from './create-logger.ts';
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
  /** Closed by whoever owns the process, when nothing runs any more. */
  readonly logger: Logger;
  readonly tell: (news: News) => void;
  /** Aborted when it is to stop, also before it has begun. */
  readonly stopping: AbortSignal;
  /** Ends the process at once, for a reason that shows only at work. */
  readonly fail: (error: SynergyError) => void;
}

/** Added to the grace of running work before a process that will not stop ends itself, ms. */
const LAST_RESORT = 2000;

const send = (message: FromUnit, sent: () => void = () => undefined): void => {
  if (process.send !== undefined && process.connected) process.send(message, sent);
  else sent();
};

/** The ways out of this process. Whichever is taken, what was logged is written before. */
const makeExits = () => {
  let log: UnitLog | undefined;
  const leave = (code: number): void => {
    void (log?.close() ?? Promise.resolve()).then(() => process.exit(code));
  };
  const crash = (error: unknown): void => {
    const text = lineOf(error) ?? '';
    if (log === undefined) process.stderr.write(`${text}\n`);
    else log.error(text);
    leave(1);
  };
  const fail = (error: unknown): void => {
    if (!(error instanceof SynergyError)) return crash(error);
    send({ type: 'refused', code: error.code, message: error.message }, () => leave(1));
  };
  const write = (logger: UnitLog): Logger => (log = logger);
  return { leave, crash, fail, write };
};

/**
 * Makes this process a unit of the supervisor that forked it: begins when it is told to, and stops at SIGTERM or when
 * its supervisor is gone.
 */
export const serveUnit = (unit: string, run: (begin: UnitBegin) => Promise<Running>): void => {
  const exits = makeExits();
  let running: Promise<Running> | undefined;
  let grace = 0;
  const stopping = new AbortController();

  const begin = async ({ brief, owner }: ToUnit): Promise<Running> => {
    const settings = Object.freeze(brief as unknown as Settings);
    grace = settings.workerGrace;
    const logger = exits.write(createLogger(settings, unit));
    const tell = (news: News): void => send({ type: 'news', news });
    return run({ settings, owner, logger, tell, stopping: stopping.signal, fail: exits.fail });
  };

  const stop = (): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    setTimeout(() => exits.leave(1), grace + LAST_RESORT).unref();
    const stopped = running === undefined ? Promise.resolve() : running.then((service) => service.stop());
    stopped.then(() => exits.leave(0), exits.fail);
  };

  process.on('message', (message: ToUnit) => {
    running = begin(message);
    running.then(() => send({ type: 'ready' }), exits.fail);
  });
  process.on('disconnect', stop);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Once: another one, while the log of the first is written, ends the process as if nobody listened.
  process.once('uncaughtException', exits.crash);
};
