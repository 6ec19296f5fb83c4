import type { Command } from 'commander';
import { settingNames } from '../settings/help.ts';
import type { Settings } from '../settings.ts';
import { QuietFailure } from '../lib/terminal/exit.ts';
import { BROKEN_OFF } from '../boot/run-event.ts';
import { relaunchOf } from '../boot/relaunch.ts';
import type { Relaunch } from '../boot/relaunch.ts';
import { addSettings, settingsOf } from './cli/setting-options.ts';

const examples = `
With names, these run in the foreground by themselves: 'scheduler', 'worker' (all processes) or processes by name.

Exit codes with --until-done: 0 every period is finished; 1 some never can be, with the reasons, or it was stopped
before; 3 every period is finished, but some jobs failed until they were given up.

Examples:
  $ synergy start
  $ synergy start --demo --access-log access.log --start-timeperiod 2015051700
  $ synergy start --daemon
  $ synergy start --check
  $ synergy start SiteHourly SiteDaily`;

const ownLaunch = (): Relaunch => relaunchOf(process.argv.slice(2), process.env);

const startEverything = async (settings: Settings): Promise<void> => {
  const [{ superviseBox }, { createRunConsole }] = await Promise.all([
    import('../boot/supervisor-process.ts'),
    import('../boot/console.ts'),
  ]);
  const runConsole = await createRunConsole(settings.untilDone);
  const ending = await superviseBox(settings, runConsole, ownLaunch());
  // A caller that waits for the end must not take a run that was broken off for one that is through.
  const isBrokenOff = ending.kind === 'stopped' && settings.untilDone;
  if (isBrokenOff) runConsole.say(BROKEN_OFF);
  runConsole.close();
  if (ending.kind === 'refused') throw ending.error;
  if (isBrokenOff) throw new QuietFailure();
  if (ending.kind === 'done' && ending.exitCode !== 0) throw new QuietFailure(ending.exitCode);
};

const start = async (names: readonly string[], command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  const { daemon, check } = command.opts<{ daemon?: boolean; check?: boolean }>();
  if (check === true) {
    const { checkStart } = await import('./check-start.ts');
    return checkStart(settings, names);
  }
  if (daemon === true) {
    const { startDaemon } = await import('../boot/daemonize.ts');
    return startDaemon(settings, { ...ownLaunch(), folder: process.cwd() });
  }
  if (names.length === 0) return startEverything(settings);
  const { runForeground } = await import('../boot/foreground.ts');
  return runForeground(settings, names, ownLaunch());
};

/** `synergy start [name…]` */
export const define = (command: Command): void => {
  addSettings(command, settingNames)
    .argument('[name...]', 'what to run in the foreground; everything when left out')
    .option('-d, --daemon', 'detach; output goes to <dataDir>/logs/synergy.out')
    .option(
      '--check',
      'read settings, context and what the workers run, say what is wrong, and start nothing',
    )
    .addHelpText('after', examples)
    .action((names: string[]) => start(names, command));
};
