import assert from 'node:assert/strict';
import { jobStates } from '../../../domain/machine/job-machine.ts';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import type { JobState } from '../../../domain/machine/job-machine.ts';
import type { UowState } from '../../../domain/machine/uow-machine.ts';
import type { Decision, JobFacts, SourceExtent, Strategy } from '../../../domain/strategy/decision.ts';

/** A job whose period is over, with nothing in its way, looked at on a tick. */
export const facts = (given: Partial<JobFacts> = {}): JobFacts => ({
  state: 'EMBRYO',
  uow: undefined,
  failures: 0,
  emptySource: 'skip',
  future: false,
  periodOver: true,
  lagOver: true,
  finalizable: true,
  mayRun: 'yes',
  occasion: 'tick',
  ...given,
});

/** A decision in a word or two. */
export const brief = (decision: Decision): string =>
  'event' in decision ? `${decision.do} ${decision.event}` : decision.do;

/** Briefs by the state of the unit of work; those left out are `wait`. */
type Row = Partial<Record<UowState | 'none', string>>;
/** Rows by the state of the job; everything left out is `wait`. */
export type Table = Partial<Record<JobState, Row>>;

export interface Situation {
  readonly given: string;
  readonly facts: Partial<JobFacts>;
  readonly extent?: SourceExtent;
  readonly then: Table;
}

/** Declares a test for every state of the job in every situation, each over all states of its unit of work. */
export const itDecides = (strategy: Strategy, situations: readonly Situation[]): void => {
  const units = [undefined, ...uowStates];
  for (const { given, facts: overrides, extent, then } of situations) {
    describe(given, () => {
      for (const state of jobStates) {
        it(state, () => {
          const decide = (uow: UowState | undefined): string =>
            brief(strategy(facts({ ...overrides, state, uow }), extent));
          assert.deepEqual(
            units.map((uow) => `unit ${uow ?? 'none'}: ${decide(uow)}`),
            units.map((uow) => `unit ${uow ?? 'none'}: ${then[state]?.[uow ?? 'none'] ?? 'wait'}`),
          );
        });
      }
    });
  }
};

/** A job is finished as its unit of work ended. */
export const concluded: Row = { PROCESSED: 'finish complete', NOOP: 'finish empty', CANCELED: 'finish skip' };

/** The same whatever state the unit is in. */
export const always = (expected: string): Row => ({
  none: expected,
  ...Object.fromEntries(uowStates.map((state) => [state, expected])),
});

/** One brief without a unit, and another, or the same, after a finished one. */
export const idle = (none: string, finished = none): Row => ({
  none,
  PROCESSED: finished,
  NOOP: finished,
  CANCELED: finished,
});

export const refused: Table = Object.fromEntries(jobStates.map((state) => [state, always('refuse')]));
