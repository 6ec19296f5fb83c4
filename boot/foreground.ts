import { SynergyError } from '../domain/errors.ts';
import { SCHEDULER, WORKER } from '../domain/model/service-name.ts';
import { deferred } from '../lib/deferred.ts';
import type { Settings } from '../settings.ts';
import { removeServiceFile, writeOwnServiceFile } from '../supervisor/service-file.ts';
import { endProcess } from '../worker/output/run-output.ts';
import { createLogger } from './logger.ts';
import type { ServiceLog } from './logger.ts';
import { QuietFailure, lineOf } from '../lib/terminal/exit.ts';
import { BROKEN_OFF, doneExitCode } from './run-event.ts';
import type { RunEvent } from './run-event.ts';
import { printError } from '../lib/terminal/output.ts';
import { checkAccessLog, checkDataDir, checkPort } from './box/preflight.ts';
import type { Relaunch } from './relaunch.ts';
import { onEndSignals } from './signals.ts';
import { createRunConsole } from './console.ts';
import { onUncaught } from './uncaught.ts';
import type { Running, ServiceBegin } from './service-process.ts';

const run = async (begin: ServiceBegin, names: readonly string[]): Promise<Running> => {
  if (names.includes(SCHEDULER)) {
    if (names.length > 1) {
      throw new SynergyError(
        'INVALID_ARGUMENT',
        `'${SCHEDULER}' runs in a process of its own: start it without other names`,
      );
    }
    await checkPort(begin.settings);
    const { runScheduler } = await import('./scheduler-process.ts');
    return runScheduler(begin);
  }
  const { runWorker } = await import('./worker-process.ts');
  return runWorker(begin, { part: names.includes(WORKER) ? 'all' : names, supervised: false });
};

const crash = (error: unknown, logger: ServiceLog): void => {
  const text = lineOf(error) ?? '';
  logger.error(text);
  printError(text);
  void logger.close().then(() => endProcess(1));
};

/** Runs the scheduler or a worker in this very process until it is stopped; `launch` is how `restart` starts it again. */
export const runForeground = async (
  settings: Settings,
  names: readonly string[],
  launch: Relaunch,
): Promise<void> => {
  checkDataDir(settings);
  checkAccessLog(settings);
  const runConsole = await createRunConsole(settings.untilDone);
  const unit = names.join('+');
  const { pid, startTime } = writeOwnServiceFile(settings.dataDir, unit, launch);
  const ended = deferred<number>();
  const tell = (news: RunEvent): void => {
    runConsole.news(news);
    if (news.kind === 'done') ended.resolve(doneExitCode(news));
  };
  const stopping = new AbortController();
  const logger = createLogger(settings, names.includes(SCHEDULER) ? SCHEDULER : WORKER);
  onUncaught((error) => crash(error, logger));
  onEndSignals(
    () => {
      stopping.abort();
      if (settings.untilDone) runConsole.say(BROKEN_OFF);
      ended.resolve(settings.untilDone ? 1 : 0);
    },
    () => void logger.close().then(() => endProcess(1)),
  );
  try {
    const owner = `${settings.boxId}:${unit}:${pid}:${startTime}`;
    const begin = { settings, owner, logger, tell, stopping: stopping.signal, fail: ended.reject };
    const running = await run(begin, names);
    if (!stopping.signal.aborted) tell({ kind: 'serving', names });
    const exitCode = await ended.promise;
    await running.stop();
    if (exitCode !== 0) throw new QuietFailure(exitCode);
  } finally {
    runConsole.close();
    removeServiceFile(settings.dataDir, unit);
    await logger.close();
  }
};
