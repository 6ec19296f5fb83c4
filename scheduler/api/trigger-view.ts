import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';
import type { UowRecord } from '../../domain/model/record.ts';

/** How a trigger stands: `failing` ones are on, and their last execution that ended was no success. */
export const triggerStates = ['on', 'paused', 'failing', 'ended'] as const;
export type TriggerState = (typeof triggerStates)[number];

/** Which event triggers are meant; without it all. */
export interface TriggerFilter {
  readonly owner?: string;
  /** A part of id, name, schedule, address of the target or a label, in whatever case. */
  readonly q?: string;
  /** Those that stand in one of these ways. */
  readonly state?: readonly TriggerState[];
  /** A label it has: `name`, or `name:value`. */
  readonly label?: string;
  /** A part of the address of its target, in whatever case. */
  readonly target?: string;
}

/** A page of event triggers, in the order of their keys. */
export interface TriggerPage extends TriggerFilter {
  readonly after?: TriggerKey;
  readonly limit: number;
}

/** An event trigger with what is ahead of it and what lies behind it. */
export interface TriggerView extends EventTrigger {
  /** In ms; none while it is paused. */
  readonly nextFires: readonly number[];
  /** Its executions, newest first, at most 20. */
  readonly executions: readonly UowRecord[];
  readonly isFailing: boolean;
}

/** How many triggers stand how. Failing ones are among those that are on. */
export interface TriggerCounts extends Readonly<Record<TriggerState, number>> {
  /** There are more failures than are looked at: that many fail at least. */
  readonly isFailingCapped: boolean;
}

/** How a trigger stands. */
export const stateOf = ({ on, isFailing, endedAt }: TriggerView): TriggerState =>
  !on ? 'paused' : isFailing ? 'failing' : endedAt === null ? 'on' : 'ended';
