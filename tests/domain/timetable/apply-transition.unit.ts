import assert from 'node:assert/strict';

import fc from 'fast-check';

import type { Store } from '../../../db/store.ts';
import type { JobEvent } from '../../../domain/machine/job-machine.ts';
import { canJob, isUowFinished, nextUowState } from '../../../domain/machine/transition.ts';
import { userActor, workerActor } from '../../../domain/model/actor.ts';
import type { TransitionRecord, UowRecord } from '../../../domain/model/record.ts';
import { afterCrash } from '../../../domain/strategy/crash.ts';
import { applyTransition, liveUnit, moveJob } from '../../../domain/timetable/apply-transition.ts';
import { standings } from '../../../domain/timetable/standing.ts';
import { buildTimetable, growTimetable, reconsider } from '../../../domain/timetable/timetable.ts';
import type { Node, Timetable } from '../../../domain/timetable/timetable.ts';
import { cascadeUpdate, finishUpdate, publishUpdate } from '../../../scheduler/engine/job-update.ts';
import type { JobUpdate } from '../../../scheduler/engine/job-update.ts';
import { loadTimetable } from '../../../scheduler/engine/load-timetable.ts';
import { openStoreFixture } from '../../simulation/fixture.ts';
import { anyWorld } from '../../support/naive.ts';
import type { World } from '../../support/naive.ts';
import { at, casesTimetable, nameOf } from '../../support/timetable.ts';

const groupings = { hourly: [1, 1, 2, 3, 5, 23], daily: [1, 1, 2, 7], monthly: [1, 3], yearly: [1] } as const;

const anyGroupedWorld: fc.Arbitrary<World> = fc
  .tuple(anyWorld, fc.array(fc.nat(), { minLength: 9, maxLength: 9 }))
  .map(([{ context, span }, picks]) => ({
    span,
    context: {
      ...context,
      processes: context.processes.map((process, place) => {
        if (process.kind !== 'managed') return process;
        const offered = groupings[process.qualifier];
        return { ...process, grouping: offered[(picks[place] ?? 0) % offered.length] ?? 1 };
      }),
    },
  }));

/** What may happen next to a job without an unfinished unit of work, and to one with, by the state of that. */
const ofJob = [
  ...(['start', 'finalize', 'rerun', 'complete', 'empty', 'skip'] as const),
  ...(['cascade-reprocess', 'cascade-skip', 'reopen'] as const),
] as const;
const ofUnit = {
  REQUESTED: ['claim', 'claim', 'claim', 'quarantine', 'cancel', 'cascade-reprocess', 'cascade-skip'],
  IN_PROGRESS: ['done', 'done', 'noop', 'fail', 'poison', 'give-back', 'repost', 'quarantine', 'cancel'],
  INVALID: ['repost', 'repost', 'cancel', 'cascade-reprocess'],
} as const;

type Answer = 'done' | 'noop' | 'fail' | 'poison' | 'give-back';
type Measure = 'repost' | 'cancel' | 'quarantine';
type Deed = (typeof ofJob)[number] | (typeof ofUnit)[keyof typeof ofUnit][number];

// Few jobs, so that each has a long history.
const anyPick = fc.record({ job: fc.nat(7), deed: fc.nat(1_000) });
const anyHistory = fc.record({
  world: anyGroupedWorld,
  picks: fc.array(anyPick, { maxLength: 150, size: 'max' }),
});

const nodesOf = (timetable: Timetable): Node[] =>
  [...timetable.levels.values()].flatMap((level) =>
    Array.from({ length: level.size }, (_, index) => ({ level, index })),
  );

/** All that a timetable holds, but for what the journal does not tell. */
const pictureOf = (timetable: Timetable): unknown =>
  nodesOf(timetable).map(({ level, index }) => {
    const unit = level.units.get(index);
    return [
      nameOf({ level, index }),
      [level.state(index), level.version(index), level.uowCount(index), level.redo(index)],
      [unit?.id, unit?.state, level.standing(index)],
      [level.active.has(index), level.open.has(index), level.candidates.has(index)],
      [level.openChildren(index), standings.map((standing) => level.below(index, standing))],
      [...level.totals],
    ];
  });

/** Carries deeds out as the scheduler and its workers do: by compare-and-set, and on a timetable of its own. */
class Played {
  readonly live: Timetable;
  readonly #store: Store;
  #now: number;

  constructor({ context, span }: World, store: Store) {
    this.live = buildTimetable(context, span);
    this.#store = store;
    this.#now = span.now;
  }

  async play(pick: { readonly job: number; readonly deed: number }): Promise<void> {
    const nodes = nodesOf(this.live);
    const node = nodes[(pick.job * 37) % nodes.length]!;
    const possible = this.#possible(node);
    this.#now += 1000;
    await this.#do(node, possible[pick.deed % possible.length]!);
  }

  #possible(node: Node): readonly Deed[] {
    const { level, index } = node;
    const unit = level.units.get(index)?.state;
    if (unit === 'REQUESTED' || unit === 'IN_PROGRESS' || unit === 'INVALID') return ofUnit[unit];
    const state = level.state(index);
    return ofJob.filter((what) => {
      if (what === 'cascade-skip') return canJob(state, 'skip');
      if (what === 'cascade-reprocess') return canJob(state, 'reprocess');
      if (what === 'reopen') return state === 'NOOP' && level.uowCount(index) === 0;
      return canJob(state, what);
    });
  }

  #do(node: Node, what: Deed): Promise<void> {
    switch (what) {
      case 'start':
      case 'finalize':
      case 'rerun':
      case 'complete':
      case 'empty':
      case 'skip':
        return this.#move(node, what);
      case 'cascade-reprocess':
        return this.#cascade(node, 'reprocess');
      case 'cascade-skip':
        return this.#cascade(node, 'skip');
      case 'reopen':
        return this.#reopen(node);
      default:
        return this.#work(node, what);
    }
  }

  #cause(actor: string, reason: string | null = null) {
    return { actor, reason, at: this.#now, epoch: 1 };
  }

  async #commit(update: JobUpdate): Promise<void> {
    assert.deepEqual(await this.#store.commit([update.group]), ['applied']);
    const { node, move, published } = update;
    moveJob(this.live, node, move, published && liveUnit(published));
  }

  #isHeld({ level, index }: Node): boolean {
    const unit = level.units.get(index);
    return unit !== undefined && !isUowFinished(unit.state);
  }

  async #move(node: Node, event: Exclude<JobEvent, 'reprocess'>): Promise<void> {
    const cause = this.#cause('scheduler');
    if (event === 'complete' || event === 'empty' || event === 'skip')
      return this.#commit(finishUpdate(node, event, cause));
    const range = { startId: 1, endId: 2 };
    return this.#commit(publishUpdate(this.live, node, event, { cause, arguments: {}, range }));
  }

  async #cascade(node: Node, event: 'reprocess' | 'skip'): Promise<void> {
    const held = this.#isHeld(node) ? await this.#uowOf(node) : undefined;
    return this.#commit(cascadeUpdate(node, event, held, this.#cause(userActor('ann'))));
  }

  /** As a change of grouping does to periods that ended without a run. */
  async #reopen(node: Node): Promise<void> {
    const { group, move } = cascadeUpdate(node, 'reprocess', undefined, this.#cause('scheduler'));
    const writes = group.writes.map((write) => ({ ...write, set: {} }) as typeof write);
    return this.#commit({ node, move, group: { ...group, writes } });
  }

  async #uowOf({ level, index }: Node): Promise<UowRecord> {
    const [uow] = await this.#store.uows([level.units.get(index)!.id]);
    return uow!;
  }

  async #work(node: Node, what: 'claim' | Answer | Measure): Promise<void> {
    const uow = await this.#uowOf(node);
    if (what === 'claim') {
      await this.#store.claim([uow.id], { owner: 'w', expiresAt: this.#now + 9, now: this.#now });
    } else if (what === 'repost' || what === 'cancel' || what === 'quarantine')
      await this.#collect(uow, what);
    else await this.#report(uow, what);
    node.level.setUnit(node.index, liveUnit(await this.#uowOf(node)));
    reconsider(node);
  }

  async #report(uow: UowRecord, what: Answer): Promise<void> {
    const poison = afterCrash({ crashes: 9 }, 3, 'it died').because;
    const ends = {
      done: ['complete', null],
      noop: ['empty', null],
      fail: ['fail', 'no luck'],
      poison: ['fail', poison],
      'give-back': ['repost', 'given back'],
    } as const;
    const [event, error] = ends[what];
    const { id, attempt, token } = uow;
    const retryAt = what === 'fail' ? this.#now + 60_000 : null;
    const counts = { processed: 0, aggregated: 0 };
    const report = { id, attempt, token: token!, event, error, retryAt, ...counts };
    assert.deepEqual(await this.#store.report('w', [report], this.#now), ['applied']);
  }

  /** As the collector, or a user, does. */
  async #collect({ id, state: from, version }: UowRecord, what: Measure): Promise<void> {
    const event = what === 'quarantine' ? 'fail' : what;
    const write = { kind: 'uow', id, from, version, event, to: nextUowState(id, from, event) } as const;
    const set = { lease: null, retryAt: null, submittedAt: this.#now };
    const cause = this.#cause('collector', 'poison or not');
    assert.deepEqual(await this.#store.commit([{ cause, writes: [{ ...write, set }] }]), ['applied']);
  }
}

const journalOf = (store: Store): Promise<TransitionRecord[]> => store.journal({ after: 0, limit: 10_000 });

describe('a timetable that follows the journal', () => {
  it('becomes the one that is loaded from the store, and the one on which all was decided', async () => {
    let rows = 0;
    await fc.assert(
      fc.asyncProperty(anyHistory, async ({ world, picks }) => {
        const { store } = await openStoreFixture(true);
        const played = new Played(world, store);
        for (const pick of picks) await played.play(pick);
        const { context, span } = world;
        const loaded = pictureOf(await loadTimetable(context, store, span));
        const followed = buildTimetable(context, span);
        for (const row of await journalOf(store)) {
          applyTransition(followed, row);
          rows++;
        }
        assert.deepEqual(pictureOf(followed), loaded);
        assert.deepEqual(pictureOf(played.live), loaded);
      }),
      { numRuns: 60 },
    );
    assert.ok(rows > 500, `${rows} rows`);
  });
});

describe('a row of the journal', () => {
  const job = 'SiteHourly/2015060100';
  const row = (more: Partial<TransitionRecord>): TransitionRecord => ({
    ...{ sequence: 1, entityKind: 'job', entityId: job, version: 1, from: 'EMBRYO', to: 'IN_PROGRESS' },
    ...{ event: 'start', at: 5, actor: 'scheduler', reason: null, epoch: 1, attempt: 0 },
    ...more,
  });
  const uowRow = (more: Partial<TransitionRecord>): TransitionRecord =>
    row({ entityKind: 'uow', entityId: `${job}#1`, ...more });

  it('that publishes puts the unit of work in charge', () => {
    const timetable = casesTimetable();
    const { level, index } = at(timetable, job);
    assert.deepEqual(applyTransition(timetable, row({})), []);
    const unit = { id: `${job}#1`, state: 'REQUESTED', retryAt: null, since: 5, endId: null };
    assert.deepEqual(level.units.get(index), unit);
    applyTransition(timetable, uowRow({ to: 'IN_PROGRESS', event: 'claim', at: 6 }));
    assert.deepEqual(level.units.get(index), { ...unit, state: 'IN_PROGRESS' });
    assert.equal(level.candidates.has(index), false);
    applyTransition(timetable, uowRow({ to: 'REQUESTED', event: 'repost', at: 7 }));
    assert.deepEqual(level.units.get(index), { ...unit, since: 7 });
  });

  it('that fails a unit tells a retry from a quarantine', () => {
    const standingAfter = (actor: string, reason: string): unknown => {
      const timetable = casesTimetable();
      const { level, index } = at(timetable, job);
      applyTransition(timetable, row({}));
      applyTransition(timetable, uowRow({ to: 'INVALID', event: 'fail', at: 9, actor, reason }));
      return [level.standing(index), level.units.get(index)?.retryAt];
    };
    const poison = afterCrash({ crashes: 2 }, 3, 'killed').because;
    assert.deepEqual(standingAfter(workerActor('w'), 'no luck'), ['RETRYING', 9]);
    assert.deepEqual(standingAfter(workerActor('w'), poison), ['QUARANTINED', null]);
    assert.deepEqual(standingAfter('collector', poison), ['QUARANTINED', null]);
    assert.deepEqual(standingAfter('scheduler', 'unreadable'), ['QUARANTINED', null]);
  });

  it('wakes those that wait for the job', () => {
    const timetable = casesTimetable();
    applyTransition(timetable, row({}));
    const done = row({ to: 'SKIPPED', event: 'skip', version: 2 });
    const { level, index } = at(timetable, job);
    const parent = { level: level.parent!, index: level.parentOf(index) };
    for (let other = index + 1; parent.level.openChildren(parent.index) > 1; other++)
      level.set(other, { state: 'NOOP', version: 1, uowCount: 0, redo: false });
    assert.ok(applyTransition(timetable, done).map(nameOf).includes(nameOf(parent)));
    assert.deepEqual([level.state(index), level.version(index), level.units.size], ['SKIPPED', 2, 0]);
  });

  it('of anything else changes nothing', () => {
    const timetable = casesTimetable();
    const before = pictureOf(timetable);
    for (const entityId of [
      'Gone/2015060100',
      'SiteHourly/1999010100',
      'SiteHourly/2099010100',
      'SiteHourly',
      '/',
    ])
      assert.deepEqual(applyTransition(timetable, row({ entityId })), []);
    for (const entityId of [`${job}#1`, 'Gone/2015060100#1', 'SiteHourly:e/20150601000000#1'])
      assert.deepEqual(
        applyTransition(timetable, uowRow({ entityId, to: 'PROCESSED', event: 'complete' })),
        [],
      );
    assert.deepEqual(pictureOf(timetable), before);
    applyTransition(timetable, row({}));
    const [charged] = [pictureOf(timetable)];
    applyTransition(timetable, uowRow({ entityId: `${job}#2`, to: 'PROCESSED', event: 'complete' }));
    assert.deepEqual(pictureOf(timetable), charged);
  });

  it('of a period to come counts once the timetable has grown', () => {
    const timetable = casesTimetable();
    const { level } = at(timetable, job);
    const next = row({ entityId: `SiteHourly/${level.timeperiod(level.size)}` });
    growTimetable(timetable, level.startAt(level.size));
    applyTransition(timetable, next);
    assert.equal(level.state(level.size - 1), 'IN_PROGRESS');
  });
});
