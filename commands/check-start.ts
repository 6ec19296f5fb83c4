import { fork } from 'node:child_process';
import { SynergyError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import { SCHEDULER, WORKER } from '../domain/model/service-name.ts';
import type { Settings } from '../settings.ts';
import type { ServiceFile } from '../supervisor/service-file.ts';
import { checkWork } from '../boot/box/check-work.ts';
import { checkQualifiers, readRegister } from '../scheduler/register.ts';
import { openAdapters } from '../boot/adapters.ts';
import { print } from '../lib/terminal/output.ts';
import { checkAccessLog, checkDataDir } from '../boot/box/preflight.ts';
import { housekeepingPlan } from '../boot/housekeeping/plan.ts';
import { prepare } from '../boot/scheduler-options.ts';
import { contextCounts } from './cli/context-counts.ts';
import { servedProcesses } from '../boot/worker-process.ts';

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Reads all that a start reads, and starts nothing: settings, access log, store, context, modules and programs of the
 * workers. Throws what the start would throw, and `WORKER_FAILED` for work that could not be done on this box.
 */
export const checkStart = async (settings: Settings, names: readonly string[]): Promise<void> => {
  checkDataDir(settings);
  checkAccessLog(settings);
  housekeepingPlan(settings);
  const adapters = await openAdapters(settings);
  try {
    const { context, file, warnings } = (await prepare(adapters, silent)).loaded;
    await checkQualifiers(context, adapters.store, await readRegister(adapters.store));
    const isAll = names.length === 0 || names.includes(WORKER);
    const served = names.includes(SCHEDULER)
      ? []
      : servedProcesses(context, settings.boxId, isAll ? 'all' : names);
    const faults = await checkWork(served);
    if (faults.length > 0) throw new SynergyError('WORKER_FAILED', faults.join('; '));
    for (const warning of warnings) print(`warning: ${warning}`);
    print(`${file} can be started; ${contextCounts(context)}`);
  } finally {
    await adapters.close();
  }
};

/** Runs a recorded command line with `--check`, where and as it was started; what it says against a start, if anything. */
const objection = (file: ServiceFile): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const child = fork(process.argv[1] ?? '', [...file.argv, '--check'], {
      cwd: file.folder,
      env: { ...process.env, ...file.environment },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0 ? undefined : said.trim().replace(/^synergy: /, '')));
  });

/** Throws `CONFLICT` when what runs could not be started again: to be called before it is stopped. */
export const checkRestart = async (file: ServiceFile): Promise<void> => {
  const text = await objection(file);
  if (text === undefined) return;
  throw new SynergyError(
    'CONFLICT',
    `nothing was stopped, since ${file.service} would not start again: ${text}`,
  );
};
