import assert from 'node:assert/strict';
import type { JournalReach, Store } from '../../db/store.ts';
import { liveUnit, moveJob } from '../../domain/timetable/apply-transition.ts';
import type { LiveUnit } from '../../domain/timetable/level.ts';
import { growTimetable, keyOf } from '../../domain/timetable/timetable.ts';
import type { Node, Timetable } from '../../domain/timetable/timetable.ts';
import { finishUpdate, publishUpdate } from '../../scheduler/engine/job-update.ts';
import type { JobUpdate } from '../../scheduler/engine/job-update.ts';
import { loadTimetable } from '../../scheduler/engine/load-timetable.ts';
import { Follower } from '../../scheduler/follow.ts';
import { openStoreFixture } from '../simulation/fixture.ts';
import { cases, casesContext } from '../support/context.ts';
import { manualClock } from '../support/rig.ts';
import { at, casesTimetable, nameOf } from '../support/timetable.ts';

const HOUR = 3_600_000;
const first = 'SiteHourly/2015060100';
const second = 'SiteHourly/2015060101';

/** Changes jobs as the scheduler at work does, in a store and on a timetable of its own. */
class Leader {
  readonly timetable = casesTimetable();
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async #commit({ node, group, move, published }: JobUpdate): Promise<void> {
    assert.deepEqual(await this.#store.commit([group]), ['applied']);
    moveJob(this.timetable, node, move, published && liveUnit(published));
  }

  start(name: string): Promise<void> {
    const cause = { actor: 'scheduler', reason: null, at: cases.now, epoch: 1 };
    const order = { cause, arguments: {}, range: undefined };
    return this.#commit(publishUpdate(this.timetable, at(this.timetable, name), 'start', order));
  }

  skip(name: string): Promise<void> {
    const cause = { actor: 'user ann', reason: 'so', at: cases.now, epoch: 1 };
    return this.#commit(finishUpdate(at(this.timetable, name), 'skip', cause));
  }

  /** Has a worker take and fail the unit of work of a job. */
  async fail(name: string): Promise<void> {
    const { level, index } = at(this.timetable, name);
    const id = (level.units.get(index) as LiveUnit).id;
    const claim = { owner: 'w', expiresAt: cases.now + 9, now: cases.now };
    const [uow] = await this.#store.claim([id], claim);
    const { attempt, token } = uow!;
    const why = { event: 'fail', error: 'no luck', retryAt: cases.now + 777 } as const;
    const report = { id, attempt, token: token!, processed: 0, aggregated: 0, ...why };
    assert.deepEqual(await this.#store.report('w', [report], cases.now), ['applied']);
  }
}

const nodesOf = (timetable: Timetable): Node[] =>
  [...timetable.levels.values()].flatMap((level) =>
    Array.from({ length: level.size }, (_, index) => ({ level, index })),
  );

/** Nodes that anything happened to. */
const pictureOf = (timetable: Timetable): unknown =>
  nodesOf(timetable)
    .map((node) => {
      const { level, index } = node;
      const unit = level.units.get(index);
      const fields = [level.state(index), level.version(index), level.uowCount(index), level.redo(index)];
      return [nameOf(node), ...fields, unit, level.candidates.has(index)];
    })
    .filter(([, , version]) => version !== 0);

describe('a timetable that follows a scheduler', () => {
  let store: Store;
  let leader: Leader;
  let clock: ReturnType<typeof manualClock>;
  beforeEach(async () => {
    ({ store } = await openStoreFixture(false));
    leader = new Leader(store);
    clock = manualClock(cases.now);
  });

  const load = (): Promise<Timetable> =>
    loadTimetable(casesContext(), store, { start: cases.start, now: clock.now() });
  const follow = async (seen: Store = store): Promise<{ timetable: Timetable; follower: Follower }> => {
    const since = await seen.journalReach();
    const timetable = await load();
    return {
      timetable,
      follower: new Follower({ store: seen, timetable, timetableClock: clock, since }),
    };
  };

  it('is the one that is loaded, with units as they are', async () => {
    await leader.start(first);
    const { timetable, follower } = await follow();
    await leader.start(second);
    await leader.fail(first);
    await leader.skip('SiteHourly/2015060102');
    await follower.look();
    assert.deepEqual(pictureOf(timetable), pictureOf(await load()));
    const { level, index } = at(timetable, first);
    assert.equal(level.units.get(index)?.retryAt, cases.now + 777);
    assert.equal(level.standing(index), 'RETRYING');
    await follower.look();
    assert.deepEqual(pictureOf(timetable), pictureOf(await load()));
  });

  /** A store that shows rows of some places later than all others. */
  const holding = (isHeld: (entityId: string) => boolean) => {
    let until: 'hold' | 'show' = 'hold';
    const held = new Set<number>();
    const seen: Store = {
      ...store,
      journal: async (filter) => {
        const rows = await store.journal(filter);
        if (until === 'show') return rows;
        for (const row of rows) if (isHeld(row.entityId)) held.add(row.sequence);
        return rows.filter(({ sequence }) => !held.has(sequence));
      },
      journalReach: async (): Promise<JournalReach> => {
        const { end } = await store.journalReach();
        if (until === 'show') return { end, open: [] };
        const rows = await store.journal({ after: 0, limit: 1_000 });
        const places = rows.filter(({ entityId }) => isHeld(entityId)).map(({ sequence }) => sequence);
        return { end, open: places.map((place) => ({ first: place, end: place + 1 })) };
      },
    };
    return { seen, show: () => (until = 'show') };
  };

  it('takes rows that show up late, among those that it has read', async () => {
    const { seen, show } = holding((id) => id.startsWith(first));
    const { timetable, follower } = await follow(seen);
    await leader.start(first);
    await leader.start(second);
    await follower.look();
    const hasStarted = (name: string): boolean => {
      const { level, index } = at(timetable, name);
      return level.version(index) === 1;
    };
    assert.deepEqual([hasStarted(first), hasStarted(second)], [false, true]);
    await leader.fail(first);
    await follower.look();
    assert.equal(hasStarted(first), false);
    show();
    await follower.look();
    assert.deepEqual(pictureOf(timetable), pictureOf(await load()));
    assert.equal(at(timetable, first).level.standing(at(timetable, first).index), 'RETRYING');
  });

  it('asks for places no more once their changes are finished', async () => {
    const { seen, show } = holding((id) => id === first);
    const asked: (number | undefined)[] = [];
    const counting: Store = {
      ...seen,
      journal: (filter) => {
        asked.push(filter.after);
        return seen.journal(filter);
      },
    };
    const { follower } = await follow(counting);
    await leader.start(first);
    await leader.start(second);
    await follower.look();
    show();
    await follower.look();
    assert.equal(asked.splice(0).length, 3);
    await follower.look();
    const { end } = await store.journalReach();
    assert.deepEqual(asked, [end]);
  });

  it('reads a job again of which a row is missing', async () => {
    const { seen } = holding(() => false);
    const lossy: Store = {
      ...seen,
      journal: async (filter) =>
        (await seen.journal(filter)).filter((row) => row.entityId !== first || row.event !== 'start'),
    };
    const { timetable, follower } = await follow(lossy);
    await leader.start(first);
    await leader.skip(first);
    await follower.look();
    assert.deepEqual(pictureOf(timetable), pictureOf(await load()));
  });

  it('reads a job whose unit of work was not there yet when it was read', async () => {
    let isThere = false;
    const slow: Store = { ...store, uows: async (ids) => (isThere ? store.uows(ids) : []) };
    const { timetable, follower } = await follow({ ...slow, job: (key) => store.job(key) });
    const { level } = at(timetable, first);
    const later = `SiteHourly/${level.timeperiod(level.size)}`;
    growTimetable(leader.timetable, cases.now + HOUR);
    clock.set(cases.now + HOUR);
    await leader.start(later);
    const [request] = await store.journal({ entityId: `${later}#1`, limit: 1 });
    await follower.look();
    assert.equal(level.units.size, 0);
    isThere = true;
    const open = [{ first: request!.sequence, end: request!.sequence + 1 }];
    const again = new Follower({
      ...{ store, timetable, timetableClock: clock },
      since: { ...(await store.journalReach()), open },
    });
    await again.look();
    assert.deepEqual(pictureOf(timetable), pictureOf(await load()));
  });

  it('grows, and reads what has begun before it had', async () => {
    const { timetable, follower } = await follow();
    const later = `SiteHourly/${at(timetable, first).level.timeperiod(at(timetable, first).level.size)}`;
    growTimetable(leader.timetable, cases.now + HOUR);
    await leader.start(later);
    await follower.look();
    assert.throws(() => at(timetable, later), /has no timeperiod/);
    clock.set(cases.now + HOUR);
    await follower.look();
    assert.deepEqual(pictureOf(timetable), pictureOf(await load()));
    assert.deepEqual(keyOf(at(timetable, later)).timeperiod, later.split('/')[1]);
  });

  it('loses nothing to a look that failed', async () => {
    for (const failing of ['uows', 'job', 'journal'] as const) {
      let fails = true;
      const away: Store = {
        ...store,
        [failing]: (...parameters: never[]) => {
          if (fails) return Promise.reject(new Error('away'));
          return (store[failing] as (...all: never[]) => Promise<never>)(...parameters);
        },
      };
      const { timetable, follower } = await follow(away);
      const { level } = at(leader.timetable, first);
      const fresh = nodesOf(leader.timetable).find(
        (node) => node.level === level && level.version(node.index) === 0,
      );
      await leader.start(nameOf(fresh!));
      await leader.fail(nameOf(fresh!));
      if (failing === 'job') clock.set(clock.now() + HOUR);
      await assert.rejects(follower.look(), /away/);
      fails = false;
      await follower.look();
      assert.deepEqual(pictureOf(timetable), pictureOf(await load()));
    }
  });
});
