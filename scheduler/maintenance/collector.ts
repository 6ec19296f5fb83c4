import { planReprocess } from '../../domain/cascade/cascade.ts';
import { validateNode, validateTimetable } from '../../domain/cascade/validate.ts';
import { CLOCK_SLACK } from '../../domain/strategy/rescue.ts';
import { isUowHolding } from '../../domain/machine/transition.ts';
import type { Node } from '../../domain/timetable/timetable.ts';
import { cascadeUpdates } from '../engine/cascade-updates.ts';
import { causeOf } from '../context.ts';
import { removeEnded } from '../events/remove-trigger.ts';
import type { SchedulerServices } from '../services.ts';
import { freshCounts, isBusy } from './sweep.ts';
import type { Sweep, SweepCounts } from './sweep.ts';
import { rescueUows } from './rescue-uows.ts';

/** Units read before the turns go on. */
const PAGE = 500;
/** Parents mended in one round. */
const MOST_PARENTS = 100;

/** Who the collector works with. */
export type CollectorParts = Pick<SchedulerServices, 'shared' | 'turnLoop' | 'freerun' | 'events' | 'rounds'>;

/**
 * One round: mends what no event will mend. Asked for while one is under way, it is the next one. Other work goes on
 * meanwhile, and what a round holds in memory is a page.
 */
export const sweep = (services: CollectorParts): Promise<Sweep> =>
  services.rounds.run(async () => {
    const { clock, log, measurements } = services.shared;
    const tally = freshCounts();
    const at = clock.now();
    try {
      await work(services, tally);
    } finally {
      for (const [action, count] of Object.entries(tally)) measurements.collected.add(count, action);
    }
    const round = { at, ms: clock.now() - at, ...tally };
    if (isBusy(tally)) log.info('round of the collector', { ...round });
    return round;
  });

const work = async (services: CollectorParts, tally: SweepCounts): Promise<void> => {
  const { shared, turnLoop, freerun } = services;
  tally.repaired += await turnLoop.exclusive(() => shared.store.repair(shared.limits.sweepInterval));
  await rescueUows({ shared, turnLoop, freerun, tally });
  await findMissedReports(services);
  await freerun.fireWaiting();
  await mendParents(services, tally);
  await services.events.planner.plan();
  await removeEnded(services);
};

/** Jobs whose unit ended unheard: the report of a unit that has been in charge for a while may have been lost. */
const findMissedReports = async ({ shared, turnLoop }: CollectorParts): Promise<void> => {
  const now = shared.clock.now();
  const since = now - shared.limits.sweepInterval;
  // In charge since an instant to come: since before the clock was set back.
  const isLong = (at: number): boolean => at <= since || at > now + CLOCK_SLACK;
  const ids = [...shared.timetable.levels.values()].flatMap((level) =>
    [...level.units.values()]
      .filter((unit) => isUowHolding(unit.state) && isLong(unit.since))
      .map((unit) => unit.id),
  );
  for (let from = 0; from < ids.length; from += PAGE) await turnLoop.report(ids.slice(from, from + PAGE));
};

/** A finished parent over an active child is taken back, with all that stands on it. */
const mendParents = async (services: CollectorParts, tally: SweepCounts): Promise<void> => {
  const { shared, turnLoop } = services;
  // Skipped children are seen to by the turns, which look at a parent whenever a child has finished.
  const wrong = validateTimetable(shared.timetable).filter(({ event }) => event === 'reprocess');
  for (const { node } of wrong.slice(0, MOST_PARENTS))
    if (await turnLoop.exclusive(() => reopen(services, node))) tally.reopened++;
};

/** What stood on another parent that was taken back may have been taken back with it. */
const reopen = async ({ shared, turnLoop }: CollectorParts, node: Node): Promise<boolean> => {
  if (validateNode(node) !== 'reprocess') return false;
  const cause = causeOf(shared, 'collector', 'finished over an active child');
  return turnLoop.apply(await cascadeUpdates(shared, planReprocess(shared.timetable, node), cause));
};
