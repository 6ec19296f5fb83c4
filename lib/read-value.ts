import { z } from 'zod';

/** Characters of a wrong value that are shown. */
const SHOWN = 100;

/** A wrong value as a message shows it: lists and objects by their kind alone. */
const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
};

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  record: 'an object',
  object: 'an object',
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
};

const quoted = (names: readonly unknown[]): string => names.map((name) => `'${String(name)}'`).join(', ');

const sizeWords = (origin: string, bound: string, input: unknown): string => {
  if (typeof input === 'string') return `expected ${bound} characters, given ${input.length}`;
  if (Array.isArray(input)) return `expected ${bound} items, given ${input.length}`;
  return `expected ${kinds[origin] ?? origin} of ${bound}, given ${shown(input)}`;
};

/** Says of an issue what was expected and what was given; what a schema says itself comes first. */
const words: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${kinds[issue.expected] ?? issue.expected}, given ${shown(issue.input)}`;
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${quoted(issue.values)}, given ${shown(issue.input)}`;
    case 'too_small':
      return sizeWords(issue.origin, `at least ${issue.minimum}`, issue.input);
    case 'too_big':
      return sizeWords(issue.origin, `at most ${issue.maximum}`, issue.input);
    case 'unrecognized_keys': {
      const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
      return `${quoted(issue.keys)} is not known here: expected ${known.length > 0 ? known.join(', ') : 'nothing'}`;
    }
    default:
      return undefined;
  }
};

const sentence = ({ path, message }: z.core.$ZodIssue): string =>
  path.length === 0 ? message : `'${path.join('.')}': ${message}`;

/** A value that was read, or in one line what is wrong with it: where, what was expected and what was given. */
export type Read<T> = { readonly value: T } | { readonly problem: string };

/** Reads a value from outside by its schema. */
export const readValue = <T>(schema: z.ZodType<T>, value: unknown): Read<T> => {
  const { success, data, error } = schema.safeParse(value, { error: words });
  return success ? { value: data } : { problem: error.issues.map(sentence).join('; ') };
};
