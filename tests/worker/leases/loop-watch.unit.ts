import assert from 'node:assert/strict';
import type { Report } from '../../../domain/model/report.ts';
import { nextSample, overdue } from '../../../worker/leases/loop-watch.ts';
import type { LoopSample } from '../../../worker/leases/loop-watch.ts';
import type { Occupant } from '../../../worker/leases/occupancy.ts';

/** What is seen by looks at these instants of a loop that shows these turns. */
const sights = (...looks: readonly (readonly [at: number, turns: number])[]): LoopSample =>
  looks.reduce<LoopSample>((sight, [at, turns]) => nextSample(sight, { at, turns }), {
    turns: 0,
    since: 0,
    at: 0,
  });

const occupant = (key: number, endsAt?: number): Occupant => ({
  key,
  processName: 'Loop',
  id: `Loop/${key}`,
  attempt: 1,
  limit: endsAt === undefined ? undefined : { endsAt, report: { id: `Loop/${key}` } as Report },
});

describe('the event loop of a worker', () => {
  const blocked = sights([500, 7], [1000, 7], [1500, 7], [2000, 7], [2500, 7]);

  it('is blocked since the first look that shows no turn', () => {
    assert.deepEqual(blocked, { turns: 7, since: 500, at: 2500 });
  });

  it('is free with every turn, and nothing is known of it where the whole process stood still', () => {
    assert.equal(sights([500, 7], [1000, 7], [1500, 8]).since, 1500);
    assert.equal(sights([500, 7], [1000, 7], [9000, 7]).since, 9000);
  });

  it('keeps no limit of runs that are over it while it is blocked; others have time or no limit', () => {
    const inside = [occupant(1, 1500), occupant(2, 1501), occupant(3)];
    assert.deepEqual(
      overdue(blocked, inside).map(({ key }) => key),
      [1],
    );
    assert.deepEqual(overdue({ ...blocked, since: 501 }, inside), []);
  });
});
