import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { didYouMean } from '../domain/did-you-mean.ts';
import { SynergyError } from '../domain/errors.ts';
import { jsonLimits, sizeProblem } from '../domain/model/json-check.ts';
import { redactUrl } from '../domain/redact-url.ts';
import {
  environmentName,
  optionName,
  secretSettings,
  settingHelp,
  settingKind,
  settingNames,
} from '../settings/help.ts';
import { settingsSchema } from '../settings.ts';
import type { SettingName, Settings } from '../settings.ts';
import { exposureOf } from './dashboard/exposure.ts';
import { openIdOptions } from './dashboard/openid.ts';
import { loadModule } from './load-module.ts';
import { readSecretFile } from './secret-file.ts';

/** Where settings come from; each argument is what the process has of it. */
export interface SettingSources {
  /** Working folder: holds the settings file, and relative paths start there. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Options of the command line by setting name, as texts; flags as booleans. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Real time, ms. */
  readonly now: number;
}

interface Layer {
  readonly values: Readonly<Record<string, unknown>>;
  /** How this layer spells a setting. */
  readonly spell: (name: SettingName) => string;
  /** Follows the spelling in messages, such as ` in synergy.config.json`. */
  readonly place: string;
}

const files = ['synergy.config.json', 'synergy.config.ts', 'synergy.config.js'] as const;
/** Set by the product itself, for its children and for commands; no settings. */
const protocol =
  /^SYNERGY_(UOW_ID|PROCESS|TIMEPERIOD|START_TIMEPERIOD|END_TIMEPERIOD|START_ID|END_ID|ARGUMENTS|ATTEMPT|TOKEN|UNIT_MARK|RUN_MARK|TEST_\w+)$/;

const refuse = (message: string): SynergyError => new SynergyError('INVALID_SETTING', message);

const unknown = (given: string, known: readonly string[], place: string): SynergyError =>
  refuse(
    `setting '${given}'${place} is unknown${didYouMean(given, known) || '; docs/settings.md lists those there are'}`,
  );

const readJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw refuse(`settings file ${path} cannot be read as JSON: ${(error as Error).message}`);
  }
};

const loadValues = async (path: string): Promise<unknown> => {
  try {
    return (await loadModule(path))['default'];
  } catch (error) {
    throw refuse(`settings cannot be loaded: ${(error as Error).message}`);
  }
};

const fileLayer = async (folder: string): Promise<Layer[]> => {
  const found = files.filter((name) => existsSync(join(folder, name)));
  const [name] = found;
  if (name === undefined) return [];
  if (found.length > 1) throw refuse(`${found.join(' and ')} both hold settings: keep one of them`);
  const path = join(folder, name);
  const values = name.endsWith('.json') ? readJson(path) : await loadValues(path);
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw refuse(`settings file ${path} holds no settings: expected an object such as { "mxPort": 5000 }`);
  }
  const problem = sizeProblem(values, jsonLimits.setting);
  if (problem !== undefined) throw refuse(`settings file ${path}: ${problem}`);
  return [{ values: values as Record<string, unknown>, spell: (key) => key, place: ` in ${name}` }];
};

/** The typed value a text stands for; a text that stands for none is left for the schema to refuse. */
const typed = (name: SettingName, value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  switch (settingKind(name)) {
    case 'flag':
      return /^(true|1|yes)$/i.test(text) || (/^(false|0|no)$/i.test(text) ? false : value);
    case 'number':
      return text !== '' && Number.isFinite(Number(text)) ? Number(text) : value;
    case 'text':
      return value;
  }
};

const environmentLayer = (environment: SettingSources['environment']): Layer => {
  const names = new Map(settingNames.map((name) => [environmentName(name), name]));
  const values: Record<string, unknown> = {};
  // A command worker gets SYNERGY_START_TIMEPERIOD of its unit of work: not what the setting of that name means.
  const inCommand = environment['SYNERGY_PROCESS'] !== undefined;
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('SYNERGY_') || value === undefined || protocol.test(variable)) continue;
    const name = names.get(variable);
    if (name === undefined) throw unknown(variable, [...names.keys()], ' in the environment');
    if (name === 'startTimeperiod' && inCommand) continue;
    values[name] = typed(name, value);
  }
  return { values, spell: environmentName, place: ' in the environment' };
};

const optionLayer = (options: SettingSources['options']): Layer => ({
  values: Object.fromEntries(
    settingNames
      .filter((name) => options[name] !== undefined)
      .map((name) => [name, typed(name, options[name])]),
  ),
  spell: optionName,
  place: '',
});

/** Values that a layer keeps in files of their own, read. */
const withFiles = (folder: string, { values, spell, place }: Layer): Layer => {
  const read = { ...values };
  for (const name of secretSettings) {
    const value = values[name];
    if (typeof value !== 'string') continue;
    read[name] = readSecretFile(folder, value, (because) =>
      refuse(`setting '${spell(name)}'${place}: ${because}`),
    );
  }
  return { values: read, spell, place };
};

/** A refused value as it may be shown: it was meant to be any setting, an address with a password too. */
const shown = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? redactUrl(part) : part));

const check = async ({ values, spell, place }: Layer): Promise<void> => {
  const stranger = Object.keys(values).find((key) => !settingNames.some((name) => name === key));
  if (stranger !== undefined) throw unknown(stranger, settingNames, place);
  const issue = (await settingsSchema.safeParseAsync(values)).error?.issues[0];
  if (issue === undefined) return;
  const name = issue.path[0] as SettingName;
  throw refuse(
    `setting '${spell(name)}'${place}: expected ${settingHelp(name).expected}, given ${shown(values[name])}`,
  );
};

const absolute = (folder: string, path: string | undefined): string | undefined =>
  path === undefined ? undefined : resolve(folder, path);

/**
 * Reads the settings: defaults, then the settings file of the working folder, then `SYNERGY_*`, then the command
 * line, later ones winning. Paths become absolute, and what stands in a file of its own is read. Throws `INVALID_SETTING` for an unknown name or a wrong type in
 * any of them, overruled or not.
 */
export const loadSettings = async ({
  folder,
  environment,
  options,
  now,
}: SettingSources): Promise<Settings> => {
  const given = [...(await fileLayer(folder)), environmentLayer(environment), optionLayer(options)];
  const layers = given.map((layer) => withFiles(folder, layer));
  for (const layer of layers) await check(layer);
  const read = await settingsSchema.parseAsync(Object.assign({}, ...layers.map((layer) => layer.values)));
  if (read.lease < 2 * read.heartbeat) {
    throw refuse(
      `setting 'lease': expected at least twice the heartbeat of ${read.heartbeat} ms, given ${read.lease} ms`,
    );
  }
  exposureOf(read);
  openIdOptions(read);
  return Object.freeze({
    ...read,
    mxTlsCert: absolute(folder, read.mxTlsCert),
    mxTlsKey: absolute(folder, read.mxTlsKey),
    dataDir: resolve(folder, read.dataDir),
    context: absolute(folder, read.context),
    accessLog: absolute(folder, read.accessLog),
    housekeepingBackupDir: absolute(folder, read.housekeepingBackupDir),
    clockOffset: read.asOf === undefined ? 0 : read.asOf - now,
    until: read.untilDone ? (read.asOf ?? now) : undefined,
  });
};
