import type { Renewal } from './heartbeat.ts';
import type { AbortReason, UnitRun } from './run-unit.ts';

/** The units that run in this host and can be aborted. */
export interface RunningUnits {
  /** `round`: the round of renewals at the moment the claim was answered. Resolves, and forgets the unit, when it ends. */
  add(run: UnitRun, round: number): void;
  count(): number;
  /** Aborts what the renewal no longer lists. */
  renewed(renewal: Renewal): void;
  abortAll(reason: AbortReason): void;
  /** Resolves when none is left. */
  none(): Promise<void>;
}

export const createRunningUnits = (): RunningUnits => {
  const units = new Map<string, { readonly run: UnitRun; readonly round: number }>();
  const keyOf = ({ uow }: UnitRun): string => `${uow.id} ${uow.attempt}`;
  return {
    add(run, round) {
      units.set(keyOf(run), { run, round });
      void run.outcome.then(() => units.delete(keyOf(run)));
    },
    count: () => units.size,
    renewed({ round, ids }) {
      const held = new Set(ids);
      // A unit claimed in this round or later may have been claimed after the renewal looked.
      for (const unit of units.values()) {
        if (unit.round < round && !held.has(unit.run.uow.id)) unit.run.abort('unowned');
      }
    },
    abortAll(reason) {
      for (const { run } of units.values()) run.abort(reason);
    },
    async none() {
      await Promise.all([...units.values()].map(({ run }) => run.outcome));
    },
  };
};
