import { z } from 'zod';
import { jsonLimits, jsonProblem } from '../../domain/model/json-check.ts';
import { readValue } from '../../lib/read-value.ts';
import { HttpError } from './problem.ts';

const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];

/** A key that could reach a prototype, at any depth; free-form JSON (arguments) would let it through otherwise. */
const forbiddenKey = (value: unknown): string | undefined => {
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const found = Object.keys(next).find((key) => FORBIDDEN_KEYS.includes(key));
    if (found !== undefined) return found;
    for (const member of Object.values(next)) open.push(member);
  }
  return undefined;
};

/**
 * Reads one part of a request. Unknown keys, wrong types, what is nested too deep and keys
 * that reach for a prototype are refused with 400.
 */
export const readInput = <T>(schema: z.ZodType<T>, value: unknown, part: 'query' | 'body' | 'path'): T => {
  const problem = value === undefined ? undefined : jsonProblem(value, jsonLimits.request);
  if (problem !== undefined) throw new HttpError('BAD_REQUEST', `${part}: ${problem}`);
  const forbidden = forbiddenKey(value);
  if (forbidden !== undefined)
    throw new HttpError('BAD_REQUEST', `${part}: the key '${forbidden}' is not allowed`);
  const read = readValue(schema, value);
  if ('problem' in read) throw new HttpError('BAD_REQUEST', `${part}: ${read.problem}`);
  return read.value;
};

/** No keys at all. */
export const nothing = z.strictObject({});
