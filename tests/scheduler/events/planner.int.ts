import assert from 'node:assert/strict';
import { getFact } from '../../../db/collections.ts';
import { eventTriggerSpec } from '../../../db/event-collections.ts';
import type { Store } from '../../../db/store.ts';
import { eventsProcess } from '../../../domain/event/process.ts';
import { readTarget } from '../../../domain/event/target.ts';
import { EVENTS, putTrigger } from '../../../domain/event/trigger.ts';
import { defineContext } from '../../../domain/model/define.ts';
import { deferred } from '../../../lib/deferred.ts';
import { EventPlanner, SEEN_UNTIL } from '../../../scheduler/events/planner.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

const NOON = Date.UTC(2027, 0, 1, 12);
const SECOND = 1_000;
const context = defineContext({ processes: [eventsProcess(256, 7)] });

/** A store whose second and later pages of triggers do not come before the promise resolves. */
const withSlowPages = (store: Store, opened: Promise<unknown>): Store =>
  Object.assign(Object.create(store) as Store, {
    collection: ((spec: never) => {
      const records = store.collection(spec);
      const list: typeof records.list = async (query) => {
        if (query?.after !== undefined) await opened;
        return records.list(query);
      };
      return { ...records, list };
    }) as Store['collection'],
  });

describe('the planner of event triggers', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(context, { now: NOON });
  });
  afterEach(() => rig.close());

  const store = async (count: number, at: number): Promise<void> => {
    const target = readTarget({ url: 'https://example.com/' });
    const schedule = `R0/${new Date(at).toISOString()}/PT1S/ET1M`;
    for (let i = 0; i < count; i++) {
      const given = { owner: 'local', id: `trigger-${1_000 + i}`, schedule, target };
      const { trigger } = putTrigger(undefined, given, NOON);
      await rig.store.collection(eventTriggerSpec).insertNew(trigger);
    }
  };
  const planned = async (): Promise<number> =>
    (await rig.store.findUows({ processName: EVENTS, limit: 1_000 })).length;

  it('fires what it has read of very many triggers while it reads the others, which an end would not lose', async () => {
    await store(250, NOON + SECOND);
    const { promise, resolve } = deferred<undefined>();
    const { shared } = rig.services;
    const planner = new EventPlanner(
      { ...shared, store: withSlowPages(shared.store, promise) },
      { trigger: () => undefined },
    );
    const started = planner.start();
    rig.clock.set(NOON + SECOND);
    while ((await planned()) === 0) await planner.plan();
    const first = await planned();
    assert.ok(first < 250, `${first} are planned`);
    assert.equal(await getFact(rig.store, SEEN_UNTIL), undefined);
    resolve(undefined);
    await started;
    await planner.plan();
    assert.equal(await planned(), 250);
    assert.ok(((await getFact(rig.store, SEEN_UNTIL)) as number) >= NOON + SECOND);
    await planner.stop();
  });

  it('marks all that have ended, thousands of them beside the firings that come next', async () => {
    await store(1_200, NOON + SECOND);
    const planner = new EventPlanner(rig.services.shared, { trigger: () => undefined });
    await planner.start();
    rig.clock.set(NOON + SECOND);
    await planner.plan();
    const triggers = await rig.store.collection(eventTriggerSpec).list();
    assert.equal(triggers.length, 1_200);
    assert.deepEqual([...new Set(triggers.map(({ endedAt }) => endedAt))], [NOON + SECOND]);
    await planner.stop();
  });
});
