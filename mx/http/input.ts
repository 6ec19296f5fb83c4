import { z } from 'zod';
import { HttpError } from './problem.ts';

const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];

/** A key that could reach a prototype, at any depth; free-form JSON (arguments) would let it through otherwise. */
const forbiddenKey = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const key of Object.keys(value)) {
    const found = FORBIDDEN_KEYS.includes(key) ? key : forbiddenKey((value as Record<string, unknown>)[key]);
    if (found !== undefined) return found;
  }
  return undefined;
};

const sentence = (issue: z.core.$ZodIssue): string => {
  const where = issue.path.join('.');
  return where === '' ? issue.message : `'${where}': ${issue.message}`;
};

/** Reads one part of a request. Unknown keys, wrong types and keys that reach for a prototype are refused with 400. */
export const readInput = <T>(schema: z.ZodType<T>, value: unknown, part: 'query' | 'body' | 'path'): T => {
  const forbidden = forbiddenKey(value);
  if (forbidden !== undefined)
    throw new HttpError('BAD_REQUEST', `${part}: the key '${forbidden}' is not allowed`);
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new HttpError('BAD_REQUEST', `${part}: ${parsed.error.issues.map(sentence).join('; ')}`);
  }
  return parsed.data;
};

/** No keys at all. */
export const nothing = z.strictObject({});
