import { SynergyError } from '../../domain/errors.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import { jsonLimits, jsonProblem } from '../../domain/model/json-check.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import { plural } from '../../domain/plural.ts';
import { readValue } from '../../lib/read-value.ts';
import { commandTable } from './command-table.ts';
import type { CommandOf } from './command-table.ts';
import { MOST_TRIGGERS } from './trigger-commands.ts';

type GivenTrigger = CommandOf<'put-triggers'>['triggers'][number];

/** Why a line is not put: its number, from 1, a code and a sentence. */
export interface RefusedLine {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** Event triggers as they were read out of JSON lines. */
export interface TriggerLines {
  readonly triggers: readonly GivenTrigger[];
  /** Of each trigger, from 1. */
  readonly lines: readonly number[];
  readonly refused: readonly RefusedLine[];
}

/** What became of JSON lines. */
export interface ImportResult {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: readonly RefusedLine[];
}

const lineSchema = commandTable['put-triggers'].arguments.triggers.element;

const readLine = (text: string, owner: string | undefined): GivenTrigger | string => {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    return `it is not JSON: ${(error as Error).message}`;
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return 'expected a JSON object with owner, id, schedule and target';
  const problem = jsonProblem(given, jsonLimits.request);
  if (problem !== undefined) return problem;
  const { id: triggerId, ...rest } = given as { readonly id?: unknown };
  const named = {
    ...rest,
    ...(owner !== undefined && { owner }),
    ...(triggerId !== undefined && { triggerId }),
  };
  const read = readValue(lineSchema, named);
  return 'problem' in read ? read.problem.replace("'triggerId'", "'id'") : read.value;
};

/**
 * Reads event triggers as `lineOf` writes them, one a line; empty lines are passed over. `owner`: that of all of them, instead of
 * theirs; `from`: number of the first line. Throws INVALID_ARGUMENT for none, and for more than one command takes.
 */
export const readTriggerLines = (
  text: string,
  { owner, from = 1 }: { readonly owner?: string | undefined; readonly from?: number } = {},
): TriggerLines => {
  const all = text.split(/\r?\n/).map((line, place) => ({ text: line, line: from + place }));
  const given = all.filter((line) => line.text.trim() !== '');
  if (given.length === 0 || given.length > MOST_TRIGGERS)
    throw new SynergyError(
      'INVALID_ARGUMENT',
      `expected 1 to ${MOST_TRIGGERS} event triggers, one a line, given ${plural(given.length, 'line')}`,
    );
  const read = given.map(({ text, line }) => ({ line, trigger: readLine(text, owner) }));
  const taken = read.flatMap(({ line, trigger }) => (typeof trigger === 'string' ? [] : [{ line, trigger }]));
  return {
    triggers: taken.map(({ trigger }) => trigger),
    lines: taken.map(({ line }) => line),
    refused: read.flatMap(({ line, trigger }) =>
      typeof trigger === 'string' ? [{ line, code: 'INVALID_ARGUMENT', message: trigger }] : [],
    ),
  };
};

/** What became of lines, by the result of the command `put-triggers` that they were put with; null when none was sent. */
export const importResult = (
  { lines, refused }: Pick<TriggerLines, 'lines' | 'refused'>,
  result: JsonObject | null,
): ImportResult => {
  const counts = { created: 0, changed: 0, unchanged: 0, refused: [], ...result } as ImportResult;
  const { created, changed, unchanged } = counts;
  const later = counts.refused.map((each) => ({ ...each, line: lines[each.line - 1] ?? each.line }));
  return {
    ...{ created, changed, unchanged },
    refused: [...refused, ...later].sort((a, b) => a.line - b.line),
  };
};

/** An event trigger as a line that `readTriggerLines` reads: all that its user says of it, and no secret. */
export const lineOf = (trigger: EventTrigger): string => {
  const { owner, id, name, description, labels, schedule, epsilon, target, payload, retry } = trigger;
  const { missed, overlap, pauseAfter, on, note, deleteAfterEnd } = trigger;
  return JSON.stringify({
    ...{ owner, id, name, description, labels, schedule, epsilon },
    target: {
      ...target,
      eventType: target.eventType ?? undefined,
      connection: target.connection ?? undefined,
    },
    ...{ payload, retry, missed, overlap, pauseAfter, on, note: note ?? undefined, deleteAfterEnd },
  });
};
