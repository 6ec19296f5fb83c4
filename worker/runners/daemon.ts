import type { Clock } from '../../domain/clock.ts';
import type { Logger } from '../../domain/logger.ts';
import type { DaemonProcess } from '../../domain/model/process.ts';
import type { BoxRecord, LogRecord } from '../../domain/model/record.ts';
import { decideRestart, noFailures, standardRestart } from '../../lib/restart-policy.ts';
import type { RestartPolicy } from '../../lib/restart-policy.ts';
import { errorLine, errorStack } from '../output/error-text.ts';
import { createLogCapture } from '../output/log-capture.ts';
import type { LogCapture } from '../output/log-capture.ts';
import type { Runner } from './runner.ts';
import { sleep } from '../../lib/sleep.ts';

/** Lines of a daemon are numbered from its start in milliseconds x this, so that later runs stand after earlier ones. */
const LINES_PER_MILLISECOND = 1000;

/** What became of a daemon: `failed` stays down. `lastExit` is the last error in one line. */
export type DaemonChange = Pick<BoxRecord, 'actual' | 'restarts' | 'lastExit'>;
export type DaemonListener = (processName: string, change: DaemonChange) => void;

export interface DaemonTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly killGrace: number;
  readonly appendLog: (records: readonly LogRecord[]) => void;
  /** Aborted when the daemon is to end. */
  readonly stopping: AbortSignal;
  /** Aborted when it must be killed. */
  readonly kill: AbortSignal;
  /** `standardRestart` unless told otherwise. */
  readonly restart?: RestartPolicy;
  readonly daemonChanged?: DaemonListener;
}

/** A daemon has no time limit. */
const wait = <T>(turn: Promise<T>): Promise<T> => turn;

/** Why a run of a daemon failed: for the worker's log in a line, and for its own log. */
interface Failure {
  readonly line: string;
  readonly note: string;
}

/** Runs a daemon once; how that failed, if it did. What a handler threw has a stack to show, an exit code none. */
const runOnce = async (
  { entry, runner, log }: { entry: DaemonProcess; runner: Runner; log: LogCapture },
  attempt: number,
  { stopping, kill, killGrace }: DaemonTools,
): Promise<Failure | undefined> => {
  const task = { processName: entry.name, uow: null, arguments: entry.arguments };
  const scope = { signal: stopping, kill, killGrace, log, progress: () => undefined, wait };
  try {
    const outcome = runner.instant ? runner.run(attempt) : await runner.run(task, scope);
    if (outcome?.event !== 'fail') return undefined;
    const line = outcome.error ?? 'no reason given';
    return { line, note: `failed: ${line}` };
  } catch (error) {
    return { line: errorLine(error), note: errorStack(error) };
  }
};

/** Tells what becomes of a daemon, with what it remembers of it. */
const createTeller = ({ name }: DaemonProcess, { daemonChanged }: DaemonTools) => {
  let restarts = -1;
  let lastExit: string | null = null;
  return (actual: BoxRecord['actual'], error?: string): void => {
    if (actual === 'running') restarts++;
    if (error !== undefined) lastExit = error;
    daemonChanged?.(name, { actual, restarts: Math.max(0, restarts), lastExit });
  };
};

/** Runs a daemon until it ends by itself, fails too often or is stopped; restarts it with back-off in between. Never rejects. */
export const runDaemon = async (entry: DaemonProcess, runner: Runner, tools: DaemonTools): Promise<void> => {
  const { clock, logger, stopping, restart = standardRestart } = tools;
  const log = createLogCapture({
    parentId: entry.name,
    attempt: 0,
    firstSequence: clock.now() * LINES_PER_MILLISECOND,
    limit: Infinity,
    clock,
    append: tools.appendLog,
  });
  const stopped = (): boolean => stopping.aborted;
  let history = noFailures;
  const tell = createTeller(entry, tools);
  for (let attempt = 1; !stopped(); attempt++) {
    const startedAt = clock.now();
    tell('running');
    const failure = await runOnce({ entry, runner, log }, attempt, tools);
    if (stopped()) break;
    if (failure === undefined) {
      tell('stopped');
      return logger.info(`daemon ${entry.name} has finished`);
    }
    log.note(failure.note);
    const decision = decideRestart(history, { startedAt, failedAt: clock.now() }, restart);
    history = decision.history;
    tell(decision.delay === undefined ? 'failed' : 'backing-off', failure.line);
    if (decision.delay === undefined) {
      return logger.error(`daemon ${entry.name} failed too often and stays down`, { error: failure.line });
    }
    logger.warn(`daemon ${entry.name} failed`, { error: failure.line, restartInMs: decision.delay });
    await sleep(decision.delay, stopping);
  }
  tell('stopped');
};
