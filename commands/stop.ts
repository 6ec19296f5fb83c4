import type { Command } from 'commander';
import { SynergyError } from '../domain/errors.ts';
import type { Settings } from '../settings.ts';
import { isAlive } from '../lib/os/process-stat.ts';
import { signalProcess } from '../lib/os/signal.ts';
import type { ServiceFile } from '../supervisor/service-file.ts';
import { setDesiredState } from '../boot/box/desired-state.ts';
import { print } from '../lib/terminal/output.ts';
import { isUp, namedServices, runningServices } from '../boot/box/running-services.ts';
import { SUPERVISOR } from '../domain/model/service-name.ts';
import { addSettings, settingsOf } from './cli/setting-options.ts';
import { waitUntil } from '../lib/sleep.ts';

/** Beyond the grace of running work, ms. */
const PATIENCE = 10_000;

const signalAndWait = async (settings: Settings, file: ServiceFile): Promise<void> => {
  signalProcess(file, 'SIGTERM');
  await waitForEnd(settings, file);
};

const waitForEnd = async (settings: Settings, file: ServiceFile): Promise<void> => {
  if (!(await waitUntil(() => !isAlive(file), settings.workerGrace + PATIENCE))) {
    throw new SynergyError(
      'CONFLICT',
      `${file.service} (process ${file.pid}) does not stop: kill it with 'kill -9 ${file.pid}'`,
    );
  }
  print(`${file.service} stopped`);
};

/** Stops one service and waits for its end; one of a supervisor stays down until it is switched on. */
export const stopService = async (settings: Settings, file: ServiceFile): Promise<void> => {
  if (!file.supervised) return signalAndWait(settings, file);
  await setDesiredState(settings, file.service, { desired: 'off', restart: false });
  // Without a supervisor no process acts on the desired state.
  if (!isUp(settings.dataDir, SUPERVISOR)) signalProcess(file, 'SIGTERM');
  await waitForEnd(settings, file);
};

const stop = async (names: readonly string[], command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  const files = namedServices(settings.dataDir, names);
  if (files.length === 0) print(`nothing runs on '${settings.dataDir}'`);
  if (names.length > 0) {
    for (const file of files) await stopService(settings, file);
    return;
  }
  for (const file of files.filter(({ supervised }) => !supervised)) await signalAndWait(settings, file);
  // The supervisor has ended its own services; those of one that was killed wait for another.
  for (const file of runningServices(settings.dataDir)) await signalAndWait(settings, file);
};

/** `synergy stop [name…]` */
export const define = (command: Command): void => {
  addSettings(command, ['dataDir'])
    .argument(
      '[name...]',
      'scheduler, worker, event-worker or what runs in the foreground; everything when left out',
    )
    .addHelpText(
      'after',
      `\nA service of the supervisor stays down until 'synergy super start <service>'.\n\nExample:\n  $ synergy stop`,
    )
    .action((names: string[]) => stop(names, command));
};
