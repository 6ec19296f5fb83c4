import { isUowHolding } from '../domain/machine/transition.ts';
import { uowStates } from '../domain/machine/uow-machine.ts';
import type { ExpiredCounts, UowRecord } from '../domain/model/record.ts';
import { createCounter, createHistogram } from '../lib/tally.ts';
import { freshCounts } from './maintenance/sweep.ts';

/** What calls of the store are told apart by. */
export type StoreCall = 'commit' | 'read' | 'write' | 'worker' | 'expire';

/** Upper bounds of buckets, s: of waits and runs, of triggers, and of what ought to take milliseconds. */
const LONG = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600, 21_600];
const PUNCTUAL = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300];
const SHORT = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

const storeCalls: readonly StoreCall[] = ['commit', 'read', 'write', 'worker', 'expire'];
const expiredKinds: readonly (keyof ExpiredCounts)[] = ['uows', 'transitions', 'lines', 'reports'];

const eachAlone = (values: readonly string[]): string[][] => values.map((value) => [value]);

/**
 * What a scheduler counts of its own doings, from its start on. All series are there from the beginning, so that their number
 * is that of the context.
 */
export const createMeasurements = (processNames: readonly string[]) => {
  const processes = eachAlone(processNames);
  const ended = uowStates.filter((state) => !isUowHolding(state));
  const ends = processNames.flatMap((name) => ended.map((state) => [name, state]));
  return {
    runs: createHistogram(LONG, ['process'], processes),
    waits: createHistogram(LONG, ['process'], processes),
    ends: createCounter(['process', 'state'], ends),
    triggers: createHistogram(PUNCTUAL, ['process'], processes),
    leasesLost: createCounter(['process'], processes),
    turns: createHistogram(SHORT, []),
    storeCalls: createHistogram(SHORT, ['call'], eachAlone(storeCalls)),
    rings: createHistogram(SHORT, []),
    collected: createCounter(['action'], eachAlone(Object.keys(freshCounts()))),
    expired: createCounter(['kind'], eachAlone(expiredKinds)),
  };
};

export type Measurements = ReturnType<typeof createMeasurements>;

/** Counts the end of an attempt, of which the scheduler has just heard for the first time. */
export const countEnd = ({ ends, runs, waits }: Measurements, uow: UowRecord): void => {
  const { processName, state, attempt, createdAt, notBefore, startedAt, finishedAt } = uow;
  ends.add(1, processName, state);
  // Who cancels a unit may do so before it has begun, and what lost its lease was not seen to end.
  if (state === 'CANCELED' || startedAt === null || finishedAt === null) return;
  // Clocks of boxes differ.
  runs.observe(Math.max(0, finishedAt - startedAt) / 1_000, processName);
  const asked = Math.max(createdAt, notBefore ?? createdAt);
  // When later attempts were asked for is not kept: the collector may have rung for them again.
  if (attempt === 1) waits.observe(Math.max(0, startedAt - asked) / 1_000, processName);
};

/** Ends of attempts that are remembered, at least: what is rung for again is so within minutes. */
const REMEMBERED = 5_000;

/** Lets the end of an attempt pass once: units of free-run entries may be rung for again. */
export const createEndFilter = () => {
  let recent = new Set<string>();
  let before = new Set<string>();
  return ({ id, attempt, state }: UowRecord): boolean => {
    const end = `${id} ${attempt}`;
    if (isUowHolding(state) || recent.has(end) || before.has(end)) return false;
    recent.add(end);
    if (recent.size >= REMEMBERED) [before, recent] = [recent, new Set()];
    return true;
  };
};
