import { Option } from 'commander';
import type { Command } from 'commander';
import { optionName, settingDefault, settingHelp, settingKind, settingNames } from '../../settings/help.ts';
import type { SettingName, Settings } from '../../settings.ts';
import { loadSettings } from '../../boot/load-settings.ts';

/** Settings that every command which looks into the store may want to be told. */
export const storeSettings = ['dataDir', 'context', 'demo'] as const satisfies readonly SettingName[];

/** Makes all settings options of a command; its help shows those that matter to it. */
export const addSettings = (command: Command, shown: readonly SettingName[]): Command => {
  for (const name of settingNames) {
    const description = `${settingHelp(name).description} (default: ${settingDefault(name)})`;
    const flags = settingKind(name) === 'flag' ? optionName(name) : `${optionName(name)} <value>`;
    command.addOption(new Option(flags, description).hideHelp(!shown.includes(name)));
  }
  return command;
};

/** Adds a command below another one, with all settings as options as `addSettings` makes them. */
export const addSubcommand = (
  command: Command,
  name: string,
  description: string,
  shown: readonly SettingName[] = storeSettings,
): Command => addSettings(command.command(name), shown).description(description);

/** Settings of this run of a command that `addSettings` prepared. */
export const settingsOf = (command: Command): Promise<Settings> =>
  loadSettings({
    folder: process.cwd(),
    environment: process.env,
    options: command.optsWithGlobals(),
    now: Date.now(),
  });
