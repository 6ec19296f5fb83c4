import type { Command } from 'commander';
import { SynergyError } from '../domain/errors.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { setDesiredState } from '../boot/box/desired-state.ts';
import { print, printJson } from '../lib/terminal/output.ts';
import { printStatuses, readBox } from './query.ts';
import { isUp, namedServices } from '../boot/box/running-services.ts';
import { SUPERVISOR, supervisedServices } from '../domain/model/service-name.ts';
import { addSubcommand, settingsOf } from './cli/setting-options.ts';
import { stopService } from './stop.ts';
import { waitUntil } from '../lib/sleep.ts';

const PATIENCE = 20_000;

const known = (service: string): string => {
  if (supervisedServices.includes(service)) return service;
  const rest =
    didYouMean(service, supervisedServices) || `: expected one of ${supervisedServices.join(', ')}`;
  throw new SynergyError('NOT_FOUND', `no service is named '${service}'${rest}`);
};

const switchOn = async (service: string, command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  await setDesiredState(settings, known(service), { desired: 'on', restart: false });
  if (!isUp(settings.dataDir, SUPERVISOR)) return print(`${service} comes up with the next 'synergy start'`);
  if (!(await waitUntil(() => isUp(settings.dataDir, service), PATIENCE))) {
    throw new SynergyError('CONFLICT', `${service} did not come up: see 'synergy query' and its log`);
  }
  print(`${service} runs`);
};

const switchOff = async (service: string, command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  if (isUp(settings.dataDir, known(service))) {
    for (const file of namedServices(settings.dataDir, [service])) await stopService(settings, file);
  } else {
    await setDesiredState(settings, service, { desired: 'off', restart: false });
    print(`${service} stays down until 'synergy super start ${service}'`);
  }
};

const query = async (json: boolean, command: Command): Promise<void> => {
  const box = await readBox(await settingsOf(command));
  const statuses = box.services.filter(({ service }) => supervisedServices.includes(service));
  await (json ? printJson(statuses) : printStatuses(statuses));
};

/** `synergy super start|stop|query`: the configuration of this box. */
export const define = (command: Command): void => {
  command.addHelpText(
    'after',
    `\nServices: ${supervisedServices.join(', ')}.\n\nExample:\n  $ synergy super stop worker`,
  );
  const add = (name: string, description: string): Command =>
    addSubcommand(command, name, description, ['dataDir', 'boxId']);
  add('start', 'switch a service on, also one that failed too often')
    .argument('<service>', supervisedServices.join(', '))
    .action((service: string, _, own: Command) => switchOn(service, own));
  add('stop', 'switch a service off, also for later starts')
    .argument('<service>', supervisedServices.join(', '))
    .action((service: string, _, own: Command) => switchOff(service, own));
  add('query', 'show the services of this box')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }, own: Command) => query(options.json === true, own));
};
