import { firingId, firingUow } from '../freerun/firing.ts';
import type { UowState } from '../machine/uow-machine.ts';
import { entryKeyText } from '../model/entity.ts';
import type { Json, JsonObject } from '../model/process.ts';
import type { UowRecord } from '../model/record.ts';
import { EVENTS, deadlineOf, triggerEntry, triggerOfEntry } from './trigger.ts';
import type { EventTarget, EventTrigger, TriggerKey } from './trigger.ts';

/** What an execution was made for: its schedule, a user who fires it or sends it again, or one who tries its target. */
export const executionOccasions = ['schedule', 'hand', 'test'] as const;
export type ExecutionOccasion = (typeof executionOccasions)[number];

/** What a test sends otherwise than the trigger, of which there may be none yet. */
export interface TestedMessage {
  readonly target?: EventTarget;
  readonly payload?: Json;
}

/** One delivery of an event trigger: a unit of work of the process `Events`. */
export interface Execution {
  readonly id: string;
  readonly trigger: TriggerKey;
  /** The planned instant that its target is told, ms. */
  readonly at: number;
  /** The instant from which its epsilon counts, ms: the planned one, or that at which a user asked for it. */
  readonly due: number;
  readonly occasion: ExecutionOccasion;
  /** The execution whose message it sends: itself, or the one that a user has sent again. */
  readonly first: string;
  /** Of a test alone. */
  readonly tested?: TestedMessage;
}

/** A test that could not begin within so many milliseconds is of no use: who asked for it waits. */
const TEST_EPSILON = 60_000;

/** The last instant, ms, at which an attempt of an execution may begin. */
export const expiresAt = ({ occasion, due }: Execution, trigger: Pick<EventTrigger, 'epsilon'>): number =>
  deadlineOf(occasion === 'test' ? { epsilon: TEST_EPSILON } : trigger, due);

/** How people see an execution. */
export const executionStates = [
  ...(['planned', 'delivering', 'retrying', 'success', 'expired', 'failed', 'quarantined'] as const),
] as const;
export type ExecutionState = (typeof executionStates)[number];

/** What a unit of work is called that is an execution of a trigger. */
export const triggerKeyText = (key: TriggerKey): string => entryKeyText(EVENTS, triggerEntry(key));

/** Id of the one execution that a trigger has at an instant, ms. */
export const executionId = (key: TriggerKey, at: number): string => firingId(triggerKeyText(key), at, 1);

/** Id of the execution that a command asks for. */
export const handExecutionId = (key: TriggerKey, commandId: string): string =>
  `${triggerKeyText(key)}/by-hand#${commandId}`;

/** What is handed on with the unit of work of an execution. */
const argumentsOf = ({ id, at, due, occasion, first, tested }: Execution): JsonObject => ({
  at,
  ...(due !== at && { due }),
  ...(occasion !== 'schedule' && { occasion }),
  ...(first !== id && { first }),
  ...(tested && { tested: { ...tested } }),
});

/** The unit of work of an execution, which is made at `now` and begins so many milliseconds later. */
export const executionUow = (
  execution: Execution,
  { now, ahead }: { readonly now: number; readonly ahead: number },
): UowRecord =>
  firingUow(
    { id: execution.id, at: execution.at, pass: 1 },
    {
      record: { processName: EVENTS, entryName: triggerEntry(execution.trigger) },
      arguments: argumentsOf(execution),
      now,
      ahead,
    },
  );

/** The execution that a unit of work is; undefined when it is none. */
export const executionOf = ({
  id,
  processName,
  entryName,
  arguments: given,
}: Pick<UowRecord, 'id' | 'processName' | 'entryName' | 'arguments'>): Execution | undefined => {
  const trigger = processName === EVENTS ? triggerOfEntry(entryName ?? '') : undefined;
  const { at, due = at, first, tested } = given;
  if (trigger === undefined || typeof at !== 'number' || typeof due !== 'number') return undefined;
  const occasion = executionOccasions.find((one) => one === given['occasion']) ?? 'schedule';
  return {
    ...{ id, trigger, at, due, occasion, first: typeof first === 'string' ? first : id },
    ...(tested !== undefined && { tested: tested as TestedMessage }),
  };
};

const states: Readonly<Record<Exclude<UowState, 'INVALID'>, ExecutionState>> = {
  REQUESTED: 'planned',
  IN_PROGRESS: 'delivering',
  PROCESSED: 'success',
  NOOP: 'expired',
  CANCELED: 'failed',
};

/** How people see the execution of a unit of work. */
export const executionState = ({ state, retryAt }: Pick<UowRecord, 'state' | 'retryAt'>): ExecutionState =>
  state !== 'INVALID' ? states[state] : retryAt === null ? 'quarantined' : 'retrying';
