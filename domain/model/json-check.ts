import { SynergyError } from '../errors.ts';

/** What a free-form value may be at most. */
export interface JsonLimits {
  /** Levels of lists and objects within each other. */
  readonly depth: number;
  /** Bytes of its JSON text in UTF-8. */
  readonly bytes: number;
  /** Names with a NUL in them are refused: MongoDB cannot keep them in a document. */
  readonly noNul?: true;
  /** Numbers that are none in JSON, as `1e999` is when it is read, are refused: they would become null. */
  readonly finite?: true;
}

/** Levels that any free-form value may have where it enters. */
const DEPTH = 64;

/**
 * Limits of free-form values, by what they are. Arguments reach commands as one environment variable, of which Linux
 * takes 131,072 bytes, and those of a freerun entry are joined with those of its process. `stored` is what any JSON
 * text in a record must keep to be read back: SQLite reads 1,000 levels, records add some around it.
 */
export const jsonLimits = {
  arguments: { depth: DEPTH, bytes: 60_000, finite: true },
  /** Of an event trigger. */
  payload: { depth: DEPTH, bytes: 65_536, noNul: true, finite: true },
  request: { depth: DEPTH, bytes: 2_097_152, finite: true },
  setting: { depth: DEPTH, bytes: 1_000_000 },
  row: { depth: DEPTH, bytes: 1_048_576, noNul: true },
  document: { depth: DEPTH, bytes: 1_048_576, noNul: true },
  /** A call of the data store from a child process, with all its rows. */
  message: { depth: DEPTH + 3, bytes: 268_435_456 },
  /** What a message quotes. */
  shown: { depth: DEPTH, bytes: 2_000 },
  stored: { depth: 900, bytes: 268_435_456 },
} as const satisfies Readonly<Record<string, JsonLimits>>;

const isPlainText = (text: string): boolean => /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text);

/** Bytes of a text in JSON. Most texts need no escapes, and are not copied to find out. */
const textBytes = (text: string): number =>
  isPlainText(text) ? text.length + 2 : new TextEncoder().encode(JSON.stringify(text)).length;

/** A list or object still to be looked into. */
interface Open {
  readonly value: object;
  readonly level: number;
}

interface Walk {
  readonly open: Open[];
  readonly noNul: boolean;
  readonly finite: boolean;
  bytes: number;
  /** The first thing found that JSON cannot have. */
  foreign: string | undefined;
}

/** Counts a value; what it contains is put aside to be counted later. */
const count = (walk: Walk, given: unknown, level: number): void => {
  const value = isConvertible(given) ? given.toJSON() : given;
  switch (typeof value) {
    case 'string':
      walk.bytes += textBytes(value);
      break;
    case 'number':
      if (walk.finite && !Number.isFinite(value))
        walk.foreign ??= `it holds the number ${value}, which JSON cannot have`;
      walk.bytes += String(value).length;
      break;
    case 'boolean':
      walk.bytes += String(value).length;
      break;
    case 'undefined':
      break;
    case 'object':
      if (value === null) walk.bytes += 4;
      else walk.open.push({ value, level });
      break;
    default:
      walk.foreign ??= `it holds a ${typeof value}, which JSON cannot have`;
  }
};

const isConvertible = (value: unknown): value is { toJSON: () => unknown } =>
  typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function';

/** Bytes of the brackets and commas around so many members. */
const frameBytes = (members: number): number => 1 + Math.max(1, members);

/** Counts the members of a list or an object. */
const look = (walk: Walk, { value, level }: Open): void => {
  if (Array.isArray(value)) {
    walk.bytes += frameBytes(value.length);
    for (const member of value as unknown[]) count(walk, member, level + 1);
    return;
  }
  const members = Object.entries(value);
  walk.bytes += frameBytes(members.length);
  for (const [key, member] of members) {
    if (walk.noNul && key.includes('\0')) walk.foreign ??= 'it holds a name with a NUL in it';
    walk.bytes += textBytes(key) + 1;
    count(walk, member, level + 1);
  }
};

const walkThrough = (
  value: unknown,
  limits: JsonLimits,
): { tooMuch?: string; foreign?: string | undefined } => {
  const { noNul = false, finite = false } = limits;
  const walk: Walk = { open: [], noNul, finite, bytes: 0, foreign: undefined };
  count(walk, value, 1);
  for (let next = walk.open.pop(); next !== undefined; next = walk.open.pop()) {
    if (next.level > limits.depth)
      return { tooMuch: `it is nested deeper than the ${limits.depth} levels that are taken` };
    look(walk, next);
    if (walk.bytes > limits.bytes) break;
  }
  return walk.bytes > limits.bytes ? { tooMuch: tooLarge(limits) } : { foreign: walk.foreign };
};

/**
 * Why a free-form value is too deep or too large, to follow a `:`; undefined when it is not. Needs no stack, however
 * deep the value, and ends early on one that is too large; one that contains itself counts as too deep.
 */
export const sizeProblem = (value: unknown, limits: JsonLimits): string | undefined =>
  walkThrough(value, limits).tooMuch;

/** The same, or why it is not JSON at all. */
export const jsonProblem = (value: unknown, limits: JsonLimits): string | undefined => {
  if (value === undefined) return 'expected JSON, given nothing';
  const { tooMuch, foreign } = walkThrough(value, limits);
  return tooMuch ?? foreign;
};

const tooLarge = ({ bytes }: JsonLimits): string =>
  `it is larger than the ${bytes.toLocaleString('en-US')} bytes of JSON that are taken`;

/** Refuses a free-form value that could not be handed on, or read back. `what` names it. Throws `UNFIT_VALUE`. */
export const checkJson = (value: unknown, limits: JsonLimits, what: string): void => {
  const problem = jsonProblem(value, limits);
  if (problem !== undefined) throw new SynergyError('UNFIT_VALUE', `${what}: ${problem}`);
};
