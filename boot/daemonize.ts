import { fork } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE, makePrivateSubfolder } from '../lib/os/private-folder.ts';
import type { Settings } from '../settings.ts';
import { QuietFailure } from '../lib/terminal/exit.ts';
import { firstAdminText } from './run-event.ts';
import type { RunEvent } from './run-event.ts';
import { print, printError } from '../lib/terminal/output.ts';
import { checkDataDir } from './box/preflight.ts';
import type { Relaunch } from './relaunch.ts';

/** What the detached process is good for once it is up; undefined when it ended before. */
const whenUp = (child: ReturnType<typeof fork>): Promise<string | undefined> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve(undefined));
    child.once('error', () => resolve(undefined));
    child.on('message', (message) => {
      const news = message as RunEvent;
      if (news.kind === 'first-admin') print(firstAdminText(news));
      if (news.kind === 'listening') resolve(`dashboard: ${news.address}`);
      if (news.kind === 'standing-by') resolve('stands by for the scheduler at work elsewhere');
      if (news.kind === 'serving') resolve(`serves ${news.names.join(', ')}`);
    });
  });

/**
 * Runs a command line detached in a folder, without `--daemon`, its output in `<dataDir>/logs/synergy.out`. Returns when
 * it is up; fails with what the process said when it ends before.
 */
export const startDaemon = async (
  settings: Settings,
  spec: Relaunch & { readonly folder: string },
): Promise<void> => {
  checkDataDir(settings);
  const { dataDir } = settings;
  const logs = join(dataDir, 'logs');
  const output = join(logs, 'synergy.out');
  makePrivateSubfolder(logs);
  const file = openSync(output, 'a', PRIVATE_FILE);
  const before = statSync(output).size;
  const rest = spec.argv.filter((argument) => argument !== '--daemon' && argument !== '-d');
  const child = fork(process.argv[1] ?? '', rest, {
    cwd: spec.folder,
    env: { ...process.env, ...spec.environment },
    detached: true,
    stdio: ['ignore', file, file, 'ipc'],
  });
  closeSync(file);
  const up = await whenUp(child);
  if (up === undefined) {
    printError(readFileSync(output).subarray(before).toString().trimEnd());
    throw new QuietFailure();
  }
  child.disconnect();
  child.unref();
  print(`runs as process ${child.pid ?? 0}; ${up}; output: ${output}`);
  print(`stop it with: synergy stop`);
};
