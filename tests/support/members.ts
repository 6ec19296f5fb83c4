import type { ClusterView, Member } from '../../domain/cluster/member.ts';

const MINUTE = 60_000;

/** Two boxes, of which one runs another version over another context; `now` in ms. */
export const twoBoxes = (now: number): ClusterView => {
  const members: readonly Member[] = [
    {
      ...{ id: 'birch/worker/1', box: 'birch', does: 'work', since: now - 5 * MINUTE },
      facts: { version: '0.9.0', service: 'worker', context: 'beef', processes: ['SiteHourly', 'SiteDaily'] },
    },
    {
      ...{ id: 'pine/scheduler/1', box: 'pine', does: 'schedule', since: now - 50 * MINUTE },
      facts: { version: '1.0.0', service: 'scheduler', context: 'cafe', leads: true },
    },
  ];
  return { name: 'synergy', driver: 'store', members };
};
