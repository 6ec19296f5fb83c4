import { isDeepStrictEqual } from 'node:util';
import { commandSubject } from '../../domain/model/entity.ts';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { SynergyError, errorCodes } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { checkJson, jsonLimits } from '../../domain/model/json-check.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import { readValue } from '../../lib/read-value.ts';
import { argumentsOf, commandId, commandKinds, commandTable, isCommandKind } from './command-table.ts';
import { reason } from './command-table.ts';
import type { Command, CommandKind, CommandRow } from './command-table.ts';
import { planHash } from './plan-hash.ts';

/** A command to carry out. `id` makes a repetition harmless; made up when absent. */
export type CommandRequest = Command & {
  readonly id?: string;
  readonly reason?: string;
};

/** A command as a client sends it. */
export type ClientRequest = Command & { readonly id?: string; readonly reason: string };

const common = {
  id: commandId
    .exactOptional()
    .describe('made up by the client; a repetition with the same id changes nothing'),
  reason,
};

const unknownKind = (kind: string): string =>
  `no command is named '${kind}'${didYouMean(kind, commandKinds)}; expected one of ${commandKinds.join(', ')}`;

/** What a client sends of a command whose kind and subject stand in the path of the request. */
export const requestWithin = (kind: CommandKind): z.ZodObject => {
  const { arguments: own, planned }: CommandRow = commandTable[kind];
  return z.strictObject({ ...common, ...own, ...(planned && { planHash }) });
};

const kindSchemas = commandKinds.map((kind) => {
  const { planned, summary, effect, example }: CommandRow = commandTable[kind];
  const fields = { ...argumentsOf(kind), ...(planned && { planHash }) };
  return z
    .strictObject({ kind: z.literal(kind), ...common, ...fields })
    .meta({ title: summary, description: effect, example: { kind, reason: 'late rows', ...example } });
});

/**
 * Every command as clients send it: with a reason, and with the hash of the plan that was shown where there is one. Who
 * asks is not for the client to say.
 */
export const requestSchema = z.discriminatedUnion('kind', kindSchemas as [(typeof kindSchemas)[0]], {
  error: ({ input }) => {
    const kind = (input as { kind?: unknown } | null)?.kind;
    return typeof kind === 'string' && !isCommandKind(kind) ? unknownKind(kind) : undefined;
  },
}) as unknown as z.ZodType<ClientRequest>;

/** What is stored of a command before it is carried out. `now` in ms. */
export const commandRecord = (
  { id = randomUUID(), kind, reason: why, ...rest }: CommandRequest,
  { actor, now }: { readonly actor: string; readonly now: number },
): CommandRecord => {
  const given = JSON.parse(JSON.stringify(rest)) as JsonObject;
  return {
    id,
    kind,
    arguments: given,
    ...commandSubject(given),
    actor,
    reason: why ?? null,
    createdAt: now,
    state: 'open',
    finishedAt: null,
    result: null,
  };
};

/** An id stands for one command: who uses it again with another body would take the outcome of the first for theirs. Throws CONFLICT. */
export const checkSame = (known: CommandRecord, given: CommandRecord): void => {
  const body = ({ kind, arguments: args, reason }: CommandRecord): unknown => ({ kind, args, reason });
  if (isDeepStrictEqual(body(known), body(given))) return;
  throw new SynergyError(
    'CONFLICT',
    `id '${given.id}' is that of another command, ${known.kind} of ${new Date(known.createdAt).toISOString()}: use a new id for a new command`,
  );
};

/**
 * The command a record stands for. Records come from other processes and other versions: one that would fail at every
 * start must be refused. Throws INVALID_ARGUMENT, UNFIT_VALUE.
 */
export const commandOf = ({ kind, arguments: given }: CommandRecord): Command => {
  if (!isCommandKind(kind)) throw new SynergyError('INVALID_ARGUMENT', unknownKind(kind));
  const read = readValue(z.object(argumentsOf(kind)), given);
  if ('problem' in read)
    throw new SynergyError(
      'INVALID_ARGUMENT',
      `${kind}: ${read.problem}; mend it and send it as a new command`,
    );
  if (given['arguments'] !== undefined)
    checkJson(given['arguments'], jsonLimits.arguments, `arguments of ${kind}`);
  return { kind, ...read.value } as unknown as Command;
};

/** What is the command's own fault; after anything else, as while the store is away, it is tried again. */
export const commandRefusals: readonly ErrorCode[] = [
  'CONFLICT',
  'ILLEGAL_TRANSITION',
  'INVALID_ARGUMENT',
  'INVALID_SCHEDULE',
  'INVALID_TARGET',
  'INVALID_TIMEPERIOD',
  'NOT_FOUND',
  'PLAN_CHANGED',
  'UNFIT_VALUE',
  'VALUE_UNREADABLE',
  'VERSION_CHANGED',
];

const isCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(errorCodes, code);

/** The record of a command that was not refused. One that was is refused again, in the words of its record. */
export const notRefused = (record: CommandRecord): CommandRecord => {
  if (record.state !== 'refused') return record;
  const { code, message } = record.result ?? {};
  throw new SynergyError(
    isCode(code) ? code : 'CONFLICT',
    typeof message === 'string' ? message : 'the scheduler refused the command and left no reason',
  );
};
