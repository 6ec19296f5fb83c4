import type { Command } from 'commander';
import type { Settings } from '../../settings.ts';
import { checkCluster, checkQueue, checkSharing, checkStore, tellQueue, tellStore } from './servers.ts';
import { checkWorkers } from './workers.ts';
import { checkWork } from '../../boot/box/check-work.ts';
import { QuietFailure } from '../../lib/terminal/exit.ts';
import { checkQualifiers, readRegister } from '../../scheduler/register.ts';
import { withStore } from '../../boot/adapters.ts';
import { loadContext } from '../../boot/load-context.ts';
import { print, printJson } from '../../lib/terminal/output.ts';
import { checkAccessLog, checkDataDir, checkPort } from '../../boot/box/preflight.ts';
import { runningServices } from '../../boot/box/running-services.ts';
import { contextCounts } from '../cli/context-counts.ts';
import { addSettings, settingsOf, storeSettings } from '../cli/setting-options.ts';

const OLDEST_NODE = [20, 19] as const;
/** A clock that was never set stands at its beginning, or at that of the machine's firmware. */
const SURELY_PAST = Date.UTC(2025, 0, 1);

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  /** What was found; with the way to mend it when it is not well. */
  readonly text: string;
}

/** Looks at one thing; what it throws is the finding. */
type Check = (settings: Settings) => Promise<string> | string;

const node = (): string => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]))
    return process.versions.node;
  throw new Error(`${process.versions.node} is too old: install ${OLDEST_NODE.join('.')} or later`);
};

const clock = (): string => {
  const now = Date.now();
  if (now > SURELY_PAST) return new Date(now).toISOString();
  throw new Error(
    `${new Date(now).toISOString()} cannot be right: set the clock, for example with 'timedatectl set-ntp true'`,
  );
};

const port = async (settings: Settings): Promise<string> => {
  const address = `${settings.mxHost}:${settings.mxPort}`;
  try {
    await checkPort(settings);
    return `${address} is free`;
  } catch (error) {
    const isOurs = runningServices(settings.dataDir).some((file) => file.service === 'scheduler');
    if (isOurs) return `${address} is in use, as it should be while the scheduler of this data folder runs`;
    throw error;
  }
};

const context = async (settings: Settings): Promise<string> => {
  const { context: loaded, file, warnings } = await loadContext(settings);
  return [file, contextCounts(loaded), ...warnings].join('; ');
};

/** Whether the jobs in the store are of the processes of the context, by their qualifiers. */
const jobs = async (settings: Settings): Promise<string> => {
  const { context: loaded } = await loadContext(settings);
  await withStore(settings, async (store) => checkQualifiers(loaded, store, await readRegister(store)));
  return 'of the qualifiers that the context names';
};

/** Whether what the processes of this box run can be loaded and started. */
const work = async (settings: Settings): Promise<string> => {
  const { processesOn } = await import('../../boot/worker-process.ts');
  const own = processesOn((await loadContext(settings)).context, settings.boxId);
  const faults = await checkWork(own);
  if (faults.length > 0) throw new Error(faults.join('; '));
  return `handlers and programs are there; processes of this box: ${own.length}`;
};

const checks: Readonly<Record<string, Check>> = {
  node,
  clock,
  'data folder': (settings) => {
    checkDataDir(settings);
    return settings.dataDir;
  },
  store: checkStore,
  queue: checkQueue,
  'store, what it can': tellStore,
  'queue, what it can': tellQueue,
  boxes: checkSharing,
  cluster: checkCluster,
  port,
  'access log': (settings) => {
    checkAccessLog(settings);
    return settings.accessLog ?? 'none set';
  },
  context,
  jobs,
  workers: checkWorkers,
  work,
};

/** Checks that say nothing new while one of these is not well. */
const needs: Readonly<Record<string, readonly string[]>> = {
  'store, what it can': ['store'],
  'queue, what it can': ['queue'],
  boxes: ['store', 'queue'],
  cluster: ['store'],
  workers: ['store', 'context'],
  jobs: ['store', 'context'],
  work: ['context'],
};

const examine = async (check: string, look: () => Promise<string> | string): Promise<Finding> => {
  try {
    return { check, ok: true, text: await look() };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { check, ok: false, text };
  }
};

const doctor = async (command: Command): Promise<void> => {
  const found: Finding[] = [];
  let settings: Settings | undefined;
  found.push(
    await examine('settings', async () => {
      settings = await settingsOf(command);
      return 'all known and of the right type';
    }),
  );
  // Without settings there is nothing to look at with.
  if (settings !== undefined) {
    const read = settings;
    for (const [name, check] of Object.entries(checks)) {
      const isMoot = found.some((finding) => !finding.ok && needs[name]?.includes(finding.check) === true);
      if (!isMoot) found.push(await examine(name, () => check(read)));
    }
  }
  if (command.opts<{ json?: boolean }>().json === true) printJson(found);
  else for (const { check, ok, text } of found) print(`${ok ? 'ok  ' : 'FAIL'} ${check}: ${text}`);
  if (found.some((finding) => !finding.ok)) throw new QuietFailure();
};

/** `synergy doctor` */
export const define = (command: Command): void => {
  addSettings(command, storeSettings)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ synergy doctor')
    .action(() => doctor(command));
};
