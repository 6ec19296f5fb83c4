import type { Command } from 'commander';
import { SynergyError } from '../domain/errors.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { setDesiredState } from '../boot/box/desired-state.ts';
import { print, printJson } from '../lib/terminal/output.ts';
import { printStatuses, serviceStatuses } from './query.ts';
import { SCHEDULER, SUPERVISOR, WORKER, isUp, namedServices } from '../boot/box/running-services.ts';
import { addSettings, settingsOf } from './cli/setting-options.ts';
import { stopService } from './stop.ts';
import { waitUntil } from '../lib/sleep.ts';

const units = [SCHEDULER, WORKER] as const;
const PATIENCE = 20_000;

const known = (unit: string): string => {
  if (units.some((name) => name === unit)) return unit;
  const rest = didYouMean(unit, units) || `: expected one of ${units.join(', ')}`;
  throw new SynergyError('NOT_FOUND', `no unit is named '${unit}'${rest}`);
};

const switchOn = async (unit: string, command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  await setDesiredState(settings, known(unit), { desired: 'on', restart: false });
  if (!isUp(settings.dataDir, SUPERVISOR)) return print(`${unit} comes up with the next 'synergy start'`);
  if (!(await waitUntil(() => isUp(settings.dataDir, unit), PATIENCE))) {
    throw new SynergyError('CONFLICT', `${unit} did not come up: see 'synergy query' and its log`);
  }
  print(`${unit} runs`);
};

const switchOff = async (unit: string, command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  if (isUp(settings.dataDir, known(unit))) {
    for (const file of namedServices(settings.dataDir, [unit])) await stopService(settings, file);
  } else {
    await setDesiredState(settings, unit, { desired: 'off', restart: false });
    print(`${unit} stays down until 'synergy super start ${unit}'`);
  }
};

const query = async (json: boolean, command: Command): Promise<void> => {
  const all = await serviceStatuses(await settingsOf(command));
  const statuses = all.filter((status) => units.some((name) => name === status.unit));
  await (json ? printJson(statuses) : printStatuses(statuses));
};

/** `synergy super start|stop|query`: the configuration of this box. */
export const define = (command: Command): void => {
  command.addHelpText('after', '\nUnits: scheduler, worker.\n\nExample:\n  $ synergy super stop worker');
  addSettings(command.command('start'), ['dataDir', 'boxId'])
    .description('switch a unit on, also one that failed too often')
    .argument('<unit>', 'scheduler or worker')
    .action((unit: string, _, own: Command) => switchOn(unit, own));
  addSettings(command.command('stop'), ['dataDir', 'boxId'])
    .description('switch a unit off, also for later starts')
    .argument('<unit>', 'scheduler or worker')
    .action((unit: string, _, own: Command) => switchOff(unit, own));
  addSettings(command.command('query'), ['dataDir', 'boxId'])
    .description('show the units of this box')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }, own: Command) => query(options.json === true, own));
};
