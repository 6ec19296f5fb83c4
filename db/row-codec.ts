import { SynergyError } from '../domain/errors.ts';
import { checkJson, jsonLimits, sizeProblem } from '../domain/model/json-check.ts';
import type { AnySpec, FieldType } from './collection.ts';

/** A record as it is stored: JSON is text. Rows of a collection that is listed by arrival tell their `position`. */
export type StoredRow = Readonly<Record<string, string | number | boolean | null>>;

type Fields = Readonly<Record<string, unknown>>;

/** What a field of a type may hold. */
interface FieldRule {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
  readonly isJson?: true;
  /** Stands for a JSON text that cannot be read back; absent where nothing can. */
  readonly empty?: object | null;
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text: FieldRule = { expected: 'a text', fits: (value) => typeof value === 'string' };
const number: FieldRule = { expected: 'a number', fits: (value) => Number.isFinite(value) };
const object: FieldRule = { expected: 'an object', fits: isObject, isJson: true, empty: {} };

const orNull = (rule: FieldRule): FieldRule => ({
  ...rule,
  expected: `${rule.expected} or null`,
  fits: (value) => value === null || rule.fits(value),
  ...(rule.isJson && { empty: null }),
});

const rules: Readonly<Record<Extract<FieldType, string>, FieldRule>> = {
  text,
  'text?': orNull(text),
  number,
  'number?': orNull(number),
  flag: { expected: 'true or false', fits: (value) => typeof value === 'boolean' },
  object,
  'object?': orNull(object),
  value: { expected: 'a value of JSON', fits: (value) => value !== undefined, isJson: true },
};

const ruleOf = (type: FieldType): FieldRule =>
  typeof type === 'string'
    ? rules[type]
    : { expected: `one of ${type.join(', ')}`, fits: (value) => type.includes(value as string) };

const unreadable = Symbol('unreadable');

/** Shorter texts cannot have more levels than the store takes. */
const SHORTEST_DEEP = 2 * jsonLimits.stored.depth;

const parse = (stored: unknown): unknown => {
  try {
    const value = JSON.parse(stored as string) as unknown;
    const isLong = (stored as string).length >= SHORTEST_DEEP;
    return isLong && sizeProblem(value, jsonLimits.stored) !== undefined ? unreadable : value;
  } catch {
    return unreadable;
  }
};

const decodeField = ({ isJson, fits }: FieldRule, stored: unknown): unknown => {
  const value = isJson && stored !== null ? parse(stored) : stored;
  return value !== unreadable && fits(value) ? value : unreadable;
};

const isTextOf = (value: unknown, { isJson, empty }: FieldRule): boolean =>
  isJson === true && (value !== null || empty !== null);

/** An object to be spread into one that gets these fields: V8 takes six times as long to add them one by one. */
export const blankOf = (names: readonly string[]): Readonly<Record<string, null>> =>
  Object.fromEntries(names.map((name) => [name, null]));

/** The record of a row, if it is anything without the fields that cannot be read back, and these. */
const decodeRow = (
  { spec, fields, blank }: { spec: AnySpec; fields: ReadonlyMap<string, FieldRule>; blank: object },
  row: StoredRow,
) => {
  const record: Record<string, unknown> = { ...blank };
  const faults: string[] = [];
  for (const [name, rule] of fields) {
    const value = decodeField(rule, row[name]);
    const add = spec.added?.[name];
    if (value !== unreadable) record[name] = value;
    else if (add !== undefined && (row[name] ?? null) === null) record[name] = add(record as never);
    else {
      faults.push(name);
      record[name] = rule.empty;
    }
  }
  if (faults.length === 0) return { record, faults };
  const isWhole = faults.every((name) => record[name] !== undefined);
  return { record: isWhole ? { ...record, ...spec.whenUnreadable } : undefined, faults };
};

/** Turns records of a collection into rows and back. */
export const createRowCodec = (spec: AnySpec) => {
  const fields = new Map(Object.entries(spec.fields).map(([name, type]) => [name, ruleOf(type)]));
  const parts = { spec, fields, blank: blankOf([...fields.keys()]) };
  /** Text that names a record, to follow the name of a field. */
  const nameOf = (record: object): string =>
    [spec.name, ...spec.key.map((field) => String((record as Fields)[field]))].join(' ');
  const encodeField = (name: string, value: unknown, about: object): StoredRow[string] => {
    const rule = fields.get(name);
    if (rule?.fits(value) !== true) {
      const expected = rule?.expected ?? `one of the fields ${[...fields.keys()].join(', ')}`;
      const given =
        value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : JSON.stringify(value);
      throw new SynergyError(
        'UNFIT_VALUE',
        `${name} of ${nameOf(about)}: expected ${expected}, given ${given}: nothing was written, mend the record`,
      );
    }
    if (!isTextOf(value, rule)) return value as StoredRow[string];
    checkJson(value, jsonLimits.stored, `${name} of ${nameOf(about)}`);
    return JSON.stringify(value);
  };
  /** These fields of a record, by default all; `about` has its key. Throws `UNFIT_VALUE`. */
  const encode = (record: object, names: Iterable<string> = fields.keys(), about = record): StoredRow =>
    Object.fromEntries([...names].map((name) => [name, encodeField(name, (record as Fields)[name], about)]));
  return {
    nameOf,
    encode,
    keyOf: (record: object): StoredRow => encode(record, spec.key),
    decode: (row: StoredRow) => decodeRow(parts, row),
    /** What is stored in place of a field that cannot be read back; undefined where the record is nothing without it. */
    emptyOf: (field: string): string | null | undefined => {
      const empty = fields.get(field)?.empty;
      return empty ? JSON.stringify(empty) : empty;
    },
  };
};
