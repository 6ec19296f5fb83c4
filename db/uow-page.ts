import { uowStates } from '../domain/machine/uow-machine.ts';
import type { UowState } from '../domain/machine/uow-machine.ts';
import type { UowFilter } from './store.ts';

/** Place of a unit of work in the order of time: `order` tells those of one instant apart. */
export interface UowPlace {
  readonly createdAt: number;
  readonly order: number;
}

/** In which order a filter asks for units. */
export const isOldestFirst = ({ order, states, quarantined }: UowFilter): boolean =>
  order === undefined ? states !== undefined || quarantined === true : order === 'oldest';

/** Bounds of a page in time: whichever of the span and the place behind which it goes on is the narrower. */
export interface UowBounds extends Pick<UowFilter, 'from' | 'to'> {
  readonly beyond?: UowPlace;
}

/** `last`: place of the unit that the filter goes on behind. */
export const boundsOf = (filter: UowFilter, last: UowPlace | undefined): UowBounds => {
  const { from, to } = filter;
  const span = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  if (last === undefined) return span;
  if (isOldestFirst(filter))
    return from !== undefined && last.createdAt < from
      ? span
      : { ...(to !== undefined && { to }), beyond: last };
  return to !== undefined && last.createdAt >= to
    ? span
    : { ...(from !== undefined && { from }), beyond: last };
};

/** Units of these states that the collector need not look at, and those that it has to: see `dueAt`. */
export interface StatesByDue {
  readonly settled: readonly UowState[];
  readonly due: readonly UowState[];
}

/** Undefined when units of any state are asked for. */
export const statesByDue = ({ states, quarantined }: UowFilter): StatesByDue | undefined => {
  if (quarantined) return { settled: ['INVALID'], due: [] };
  if (states === undefined || uowStates.every((state) => states.includes(state))) return undefined;
  const wanted = uowStates.filter((state) => states.includes(state));
  return {
    settled: wanted.filter((state) => state !== 'REQUESTED' && state !== 'IN_PROGRESS'),
    due: wanted.filter((state) => state === 'REQUESTED' || state === 'IN_PROGRESS' || state === 'INVALID'),
  };
};
