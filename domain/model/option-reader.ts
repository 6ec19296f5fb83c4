import { SynergyError } from '../errors.ts';
import { didYouMean } from '../did-you-mean.ts';
import { parseDuration } from '../time/duration.ts';
import { jsonLimits, jsonProblem, sizeProblem } from './json-check.ts';
import type { Json, JsonObject } from './process.ts';

// Contexts are written in TypeScript but loaded without a type check, and some people write JavaScript: so
// options are read, not believed.

/**
 * Turns what the user wrote for an option into the model's form, frozen. `where` names the place in messages,
 * such as `managedProcess('SiteHourly').retry.delay`. Throws INVALID_CONTEXT.
 */
export type OptionReader<T> = (value: unknown, where: string) => T;

/** Readers of the options of an object, by their names. */
export type Shape = Readonly<Record<string, OptionReader<unknown>>>;

/** The shape that reads `Options`, no option forgotten. */
export type ShapeOf<Options> = { readonly [K in keyof Options]-?: OptionReader<unknown> };

type Value<R> = R extends OptionReader<infer T> ? T : never;
type Simplify<T> = { readonly [K in keyof T]: T[K] };

/** What an object of a shape is read into; options that were read as undefined are absent. */
export type Fields<S extends Shape> = Simplify<
  { [K in keyof S as undefined extends Value<S[K]> ? never : K]: Value<S[K]> } & {
    [K in keyof S as undefined extends Value<S[K]> ? K : never]?: Exclude<Value<S[K]>, undefined>;
  }
>;

/** The error of a context that cannot be used: `problem` is one line for its author. */
export const invalidContext = (problem: string): SynergyError => new SynergyError('INVALID_CONTEXT', problem);

/** The error of an option in the wrong form. */
export const unexpected = (where: string, expected: string, given: unknown, hint = ''): SynergyError =>
  invalidContext(`${where}: expected ${expected}, given ${show(given)}${hint}`);

const show = (value: unknown): string => {
  switch (typeof value) {
    case 'undefined':
      return 'nothing';
    case 'string':
      return `'${value}'`;
    case 'number':
    case 'boolean':
      return String(value);
    case 'object':
      if (jsonProblem(value, jsonLimits.shown) === undefined) return JSON.stringify(value);
      return Array.isArray(value) ? 'a list' : 'an object';
    default:
      return `a ${typeof value}`;
  }
};

/** Options as the user wrote them. */
export type Options = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Options =>
  Object.prototype.toString.call(value) === '[object Object]';

export const anyText: OptionReader<string> = (value, where) => {
  if (typeof value !== 'string') throw unexpected(where, 'a text', value);
  return value;
};

/** A text that is not empty. */
export const text: OptionReader<string> = (value, where) => {
  if (typeof value !== 'string' || value.trim() === '') throw unexpected(where, 'a text', value);
  return value;
};

export const flag: OptionReader<boolean> = (value, where) => {
  if (typeof value !== 'boolean') throw unexpected(where, 'true or false', value);
  return value;
};

/** A whole number, of any sign; `validateContext` knows the ranges. */
export const whole: OptionReader<number> = (value, where) => {
  if (!Number.isSafeInteger(value)) throw unexpected(where, 'a whole number', value);
  return value as number;
};

/** A duration in milliseconds, out of a text such as `5m` or a number of seconds. */
export const duration: OptionReader<number> = (value, where) => {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw unexpected(where, 'a duration such as 5m', value);
  }
  try {
    return parseDuration(value);
  } catch (error) {
    throw invalidContext(`${where}: ${(error as SynergyError).message}`);
  }
};

export const oneOf =
  <T extends string | boolean>(...choices: readonly T[]): OptionReader<T> =>
  (value, where) => {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    const hint = typeof value === 'string' ? didYouMean(value, choices.map(String)) : '';
    throw unexpected(where, choices.join(' or '), value, hint);
  };

export const listOf =
  <T>(item: OptionReader<T>): OptionReader<readonly T[]> =>
  (value, where) => {
    if (!Array.isArray(value)) throw unexpected(where, 'a list [...]', value);
    return Object.freeze(value.map((entry, index) => item(entry, `${where}[${index}]`)));
  };

const member: OptionReader<Json> = (value, where) => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return listOf(member)(value, where);
  return members(value, where);
};

const members: OptionReader<JsonObject> = (value, where) => {
  if (!isObject(value)) throw unexpected(where, 'JSON', value);
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, member(entry, `${where}.${key}`)])),
  );
};

/** Free-form JSON, as the arguments of units of work. */
export const jsonObject: OptionReader<JsonObject> = (value, where) => {
  const problem = sizeProblem(value, jsonLimits.arguments);
  if (problem !== undefined) throw invalidContext(`${where}: ${problem}`);
  return members(value, where);
};

/** Any JSON, as payloads are. */
export const anyJson: OptionReader<Json> = (value, where) => {
  const problem = jsonProblem(value, jsonLimits.payload);
  if (problem !== undefined) throw invalidContext(`${where}: ${problem}`);
  return member(value, where);
};

/** Texts by name. */
export const texts: OptionReader<Readonly<Record<string, string>>> = (value, where) => {
  if (!isObject(value)) throw unexpected(where, 'an object {...} of texts', value);
  const read = Object.entries(value).map(([key, one]) => [key, anyText(one, `${where}.${key}`)]);
  return Object.freeze(Object.fromEntries(read) as Record<string, string>);
};

/** May be left out. */
export const optional =
  <T>(reader: OptionReader<T>): OptionReader<T | undefined> =>
  (value, where) =>
    value === undefined ? undefined : reader(value, where);

/** May be left out; `fallback` is what could have been written instead. */
export const withDefault =
  <T>(reader: OptionReader<T>, fallback: unknown): OptionReader<T> =>
  (value, where) =>
    reader(value === undefined ? fallback : value, where);

/** Refuses what is no object, and options that are not among the `known` ones. */
export const checkKeys = (value: unknown, known: readonly string[], where: string): Options => {
  if (!isObject(value)) throw unexpected(where, 'an object {...}', value);
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const hint = didYouMean(key, known) || `; there are ${known.join(', ')}`;
    throw invalidContext(`${where} has no option '${key}'${hint}`);
  }
  return value;
};

/** An object with no other options than those of `shape`. */
export const fields =
  <S extends Shape>(shape: S): OptionReader<Fields<S>> =>
  (value, where) => {
    const options = checkKeys(value, Object.keys(shape), where);
    const read = Object.entries(shape).map(([key, reader]) => [key, reader(options[key], `${where}.${key}`)]);
    return Object.freeze(Object.fromEntries(read.filter(([, entry]) => entry !== undefined))) as Fields<S>;
  };
