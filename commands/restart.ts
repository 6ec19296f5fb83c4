import type { Command } from 'commander';
import { SynergyError } from '../domain/errors.ts';
import type { Settings } from '../settings.ts';
import { isAlive } from '../lib/os/process-stat.ts';
import { readServiceFile } from '../supervisor/service-file.ts';
import type { ServiceFile } from '../supervisor/service-file.ts';
import { checkRestart } from './check-start.ts';
import { startDaemon } from '../boot/daemonize.ts';
import { setDesiredState } from '../boot/box/desired-state.ts';
import { print } from '../lib/terminal/output.ts';
import { isUp, namedServices } from '../boot/box/running-services.ts';
import { SUPERVISOR } from '../domain/model/service-name.ts';
import { addSettings, settingsOf } from './cli/setting-options.ts';
import { stopService } from './stop.ts';
import { waitUntil } from '../lib/sleep.ts';

/** Beyond the grace of running work, ms. */
const PATIENCE = 20_000;

const restartSupervised = async (settings: Settings, file: ServiceFile): Promise<void> => {
  if (!isUp(settings.dataDir, SUPERVISOR)) {
    throw new SynergyError(
      'NOT_FOUND',
      `no supervisor runs on '${settings.dataDir}': start one with 'synergy start', which takes over ${file.service}`,
    );
  }
  await setDesiredState(settings, file.service, { desired: 'on', restart: true });
  const isAnew = (): boolean => {
    const now = readServiceFile(settings.dataDir, file.service);
    return now !== undefined && now.pid !== file.pid && isAlive(now);
  };
  if (!(await waitUntil(isAnew, settings.workerGrace + PATIENCE))) {
    throw new SynergyError(
      'CONFLICT',
      `${file.service} did not come up again: see 'synergy query' and its log`,
    );
  }
  print(`${file.service} restarted`);
};

/** What holds the command lines that bring these up again: services of a supervisor are begun as that was. */
const launchesOf = ({ dataDir }: Settings, targets: readonly ServiceFile[]): ServiceFile[] => {
  const alone = targets.filter(({ supervised }) => !supervised);
  const supervisor = readServiceFile(dataDir, SUPERVISOR);
  const isNeeded = alone.length < targets.length && !alone.some(({ service }) => service === SUPERVISOR);
  return supervisor !== undefined && isNeeded ? [...alone, supervisor] : alone;
};

const restart = async (names: readonly string[], command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  const files = namedServices(settings.dataDir, names);
  const targets = names.length === 0 ? files.filter((file) => !file.supervised) : files;
  if (targets.length === 0) {
    throw new SynergyError(
      'NOT_FOUND',
      `nothing runs on '${settings.dataDir}': start it with 'synergy start --daemon'`,
    );
  }
  // A typo is to be no outage: all is read again before anything is stopped.
  for (const file of launchesOf(settings, targets)) await checkRestart(file);
  for (const file of targets) {
    if (file.supervised) await restartSupervised(settings, file);
    else {
      await stopService(settings, file);
      await startDaemon(settings, file);
    }
  }
};

/** `synergy restart [name…]` */
export const define = (command: Command): void => {
  addSettings(command, ['dataDir'])
    .argument(
      '[name...]',
      'scheduler, worker, event-worker or what runs in the foreground; everything when left out',
    )
    .addHelpText(
      'after',
      '\nSettings, context and what the workers run are checked first: what runs is not stopped for something that does not start.\nWhat ran in the foreground runs detached afterwards.\n\nExample:\n  $ synergy restart worker',
    )
    .action((names: string[]) => restart(names, command));
};
