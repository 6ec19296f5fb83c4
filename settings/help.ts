import * as z from 'zod';
import { writeDuration } from '../domain/time/duration.ts';
import { duration, texts } from './values.ts';
import { settingsSchema } from '../settings.ts';
import type { SettingName } from '../settings.ts';
import type { SettingHelp } from './values.ts';

export const settingNames = Object.keys(settingsSchema.shape) as readonly SettingName[];

export const settingHelp = (name: SettingName): SettingHelp => {
  const help = texts.get(settingsSchema.shape[name]);
  if (help === undefined) throw new Error(`setting ${name} has no text`);
  return help;
};

const unwrapped = (type: z.ZodType): z.ZodType | z.core.$ZodType =>
  type instanceof z.ZodDefault || type instanceof z.ZodOptional ? type.unwrap() : type;

/** Settings that may hold a password. */
export const secretSettings = settingNames.filter((name) => settingHelp(name).secret === true);

/** The default as people read it. */
export const settingDefault = (name: SettingName): string => {
  const type: z.ZodType = settingsSchema.shape[name];
  const { defaultText } = settingHelp(name);
  if (defaultText !== undefined || !(type instanceof z.ZodDefault)) return defaultText ?? 'none';
  const { defaultValue, innerType } = type.def;
  return innerType === duration ? writeDuration(Number(defaultValue)) : String(defaultValue);
};

/** The type a setting's text from the environment or the command line stands for. */
export const settingKind = (name: SettingName): 'flag' | 'number' | 'text' => {
  const inner = unwrapped(settingsSchema.shape[name]);
  if (inner instanceof z.ZodBoolean) return 'flag';
  return inner instanceof z.ZodNumber ? 'number' : 'text';
};

export const environmentName = (name: SettingName): string =>
  `SYNERGY_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

export const optionName = (name: SettingName): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
