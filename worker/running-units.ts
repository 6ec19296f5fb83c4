import type { Renewal } from './heartbeat.ts';
import type { AbortReason, UnitRun } from './run-unit.ts';

/** The units that run in this host and can be aborted. */
export interface RunningUnits {
  /** Until it ends. `round`: the round of renewals at the moment the claim was answered. An earlier run of the unit is aborted. */
  add(run: UnitRun, round: number): void;
  /** These were claimed anew, and are not to run here: earlier runs of them are aborted. */
  replaced(ids: readonly string[]): void;
  count(): number;
  /** Aborts what the renewal no longer lists. */
  renewed(renewal: Renewal): void;
  abortAll(reason: AbortReason): void;
  /** Resolves when none is left. */
  none(): Promise<void>;
}

interface Unit {
  readonly run: UnitRun;
  readonly round: number;
}

export const createRunningUnits = (): RunningUnits => {
  const units = new Set<Unit>();
  const newest = new Map<string, Unit>();
  return {
    add(run, round) {
      const { id } = run.uow;
      const unit = { run, round };
      // Lost and claimed again between two renewals, these list it as if nothing had happened.
      newest.get(id)?.run.abort('unowned');
      newest.set(id, unit);
      units.add(unit);
      void run.outcome.then(() => {
        units.delete(unit);
        if (newest.get(id) === unit) newest.delete(id);
      });
    },
    replaced(ids) {
      for (const id of ids) newest.get(id)?.run.abort('unowned');
    },
    count: () => units.size,
    renewed({ round, ids }) {
      const held = new Set(ids);
      // A unit claimed in this round or later may have been claimed after the renewal looked.
      for (const unit of units) {
        if (unit.round < round && !held.has(unit.run.uow.id)) unit.run.abort('unowned');
      }
    },
    abortAll(reason) {
      for (const { run } of units) run.abort(reason);
    },
    async none() {
      await Promise.all([...units].map(({ run }) => run.outcome));
    },
  };
};
