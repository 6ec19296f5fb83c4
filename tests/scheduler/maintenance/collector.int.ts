import assert from 'node:assert/strict';
import { defineContext, freerunProcess, managedProcess, tree } from '../../../domain/model/define.ts';
import { workQueue } from '../../../domain/model/queue-name.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import type { LogFields } from '../../../domain/logger.ts';
import { sweep } from '../../../scheduler/maintenance/collector.ts';
import { createBell, ring } from '../../../scheduler/context.ts';
import type { Sweep } from '../../../scheduler/maintenance/sweep.ts';
import { freshUow } from '../../support/records.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

const context = defineContext({
  processes: [
    managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true }),
    managedProcess({ name: 'Day', qualifier: 'daily', identity: true, blocking: 'children' }),
    freerunProcess({ name: 'Post', external: true, entries: [{ name: 'out', trigger: 'every 1h' }] }),
  ],
  trees: [tree({ name: 'one', processes: ['Hour', 'Day'] })],
});
const post = workQueue(context.processes[2] as (typeof context.processes)[2]);

describe('a round of the collector', () => {
  let rig: Rig;
  let lines: { readonly text: string; readonly fields: LogFields | undefined }[];
  beforeEach(async () => {
    rig = await openRig(context);
    lines = [];
    const note = (text: string, fields?: LogFields): void => void lines.push({ text, fields });
    const log = { info: note, warn: note, error: note };
    Object.assign(rig.services.shared, { log, bell: createBell(log) });
  });
  afterEach(() => rig.close());

  const letter = (sequence: number, more: Partial<UowRecord> = {}): UowRecord =>
    freshUow(`Post:out/${sequence}#1`, {
      ...{ kind: 'freerun', processName: 'Post', entryName: 'out', sequence: 1 },
      ...{ createdAt: rig.clock.now(), submittedAt: rig.clock.now() },
      ...more,
    });
  const insert = async (uows: readonly UowRecord[]): Promise<void> => {
    const cause = { actor: 'scheduler', reason: null, at: rig.clock.now(), epoch: 1 };
    for (let from = 0; from < uows.length; from += 1_000) {
      const some = uows.slice(from, from + 1_000);
      await rig.store.commit(some.map((uow) => ({ cause, writes: [{ kind: 'uow-insert', uow }] })));
    }
  };
  const round = (): Promise<Sweep> => sweep(rig.services);
  const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

  it('that finds nothing leaves no line, and is on record all the same', async () => {
    assert.equal(rig.services.rounds.last(), undefined);
    const done = await round();
    assert.deepEqual(Object.values({ ...done, at: 0, ms: 0 }), range(8).fill(0));
    assert.deepEqual(lines, []);
    assert.deepEqual((await rig.api.overview()).collector, done);
  });

  it('takes care of what was written before the clock was set back', async () => {
    const ahead = rig.clock.now() + 365 * 86_400_000;
    await insert([
      letter(1, { createdAt: ahead, submittedAt: ahead }),
      letter(2, { createdAt: ahead, state: 'INVALID', attempt: 1, retryAt: ahead + 1_000 }),
    ]);
    const done = await round();
    assert.deepEqual([done.rung, done.reposted], [1, 1]);
    assert.deepEqual((await round()).rung, 0);
  });

  it('tries again at once what a clock set back by less than the longest delay put ahead', async () => {
    const ahead = rig.clock.now() + 600_000;
    await insert([letter(1, { createdAt: ahead, state: 'INVALID', attempt: 1, retryAt: ahead + 1_000 })]);
    rig.services.shared.bell.hasLost = true;
    assert.equal((await round()).reposted, 1);
  });

  it('sees what was fired of an entry to its end, though that was removed since, but not while that is off', async () => {
    const of = (entryName: string): UowRecord => ({
      ...letter(1, { entryName }),
      id: `Post:${entryName}/1#1`,
    });
    await insert([of('out'), of('removed')]);
    await rig.services.freerun.reconcile();
    const off = { kind: 'set-freerun', processName: 'Post', entryName: 'out', on: false } as const;
    await rig.api.execute({ ...off, reason: 'a test' });
    rig.services.shared.bell.hasLost = true;
    assert.equal((await round()).rung, 1);
    const consumer = rig.queue.consume(post, { visibilityTimeout: 1_000, maxDeliveries: 3, prefetch: 10 });
    const rung = await consumer.take(10);
    await consumer.close();
    assert.deepEqual(
      rung.map(({ body }) => body),
      ['Post:removed/1#1'],
    );
  });

  it('treats pages of units, those of what is off among them, and lets turns run in between', async () => {
    const now = rig.clock.now();
    const lost = range(1_100).map((i) =>
      letter(i, { state: 'IN_PROGRESS', attempt: 1, lease: { owner: 'gone', expiresAt: now - 1 } }),
    );
    const off = range(600).map((i) =>
      freshUow(`A:off/${i}#1`, {
        kind: 'freerun',
        processName: 'Gone',
        entryName: 'x',
        state: 'IN_PROGRESS',
        lease: { owner: 'gone', expiresAt: now - 2 },
      }),
    );
    await insert([...off, ...lost]);
    const events: string[] = [];
    const commit = rig.store.commit.bind(rig.store);
    rig.store.commit = (groups) => {
      if (groups.length > 1) events.push(`page of ${groups.length}`);
      void rig.services.turnLoop.exclusive(() => Promise.resolve(void events.push('other work')));
      return commit(groups);
    };
    const done = await round();
    assert.deepEqual([done.reposted, done.rung], [1_100, 0]);
    assert.deepEqual(
      events.filter((event, i) => event !== events[i - 1]),
      ['page of 400', 'other work', 'page of 500', 'other work', 'page of 200', 'other work'],
    );
    assert.equal((await rig.queue.depth(post)).ready, 1_100);
    const told = lines.filter(({ text }) => text.startsWith('repost '));
    assert.equal(told.length, 20, 'not a line for each of them');
    assert.deepEqual(lines.at(-1), { text: 'round of the collector', fields: { ...done } });
  });

  it('rings for units that no worker serves ever more seldom, and for all at once when their rings are gone', async () => {
    await insert(range(50).map((i) => letter(i)));
    await rig.queue.publish(post, range(50).map(String));
    const rung = async (minutes: number): Promise<number> => {
      let count = 0;
      for (let i = 0; i < minutes; i++) {
        rig.clock.advance(60_000);
        count += (await round()).rung;
      }
      return count;
    };
    assert.equal(await rung(120), 7 * 50, 'after 1, 2, 4, 8, 16, 32 and 64 minutes');
    await rig.queue.purge(post);
    assert.equal(await rung(1), 50);
    assert.equal((await rig.queue.depth(post)).ready, 50);
  });

  it('rings for those alone that have no ring, as far as the queue tells', async () => {
    await insert(range(50).map((i) => letter(i, { createdAt: rig.clock.now() - 3_600_000 })));
    await rig.queue.publish(post, range(30).map(String));
    rig.clock.advance(60_000);
    assert.equal((await round()).rung, 20);
    const depth = rig.queue.depth.bind(rig.queue);
    rig.queue.depth = () => Promise.reject(new Error('queue away'));
    rig.clock.advance(60_000);
    assert.equal((await round()).rung, 50);
    rig.queue.depth = depth;
  });

  it('waits for no ring of the scheduler before, and for each of its own', async () => {
    await insert(range(50).map((i) => letter(i)));
    await rig.queue.publish(post, range(30).map(String));
    assert.equal((await round()).rung, 20, 'as many rings are lost');
    await insert(range(50).map((i) => letter(100 + i)));
    assert.equal((await round()).rung, 0, 'these may be on their way');
  });

  it('rings in the next round for what could not be rung, and tells of it once', async () => {
    await round();
    const publish = rig.queue.publish.bind(rig.queue);
    rig.queue.publish = () => Promise.reject(new Error('queue away'));
    await insert(range(50).map((i) => letter(i)));
    for (let i = 0; i < 3; i++) await ring(rig.services.shared, post, ['Post:out/0#1']);
    assert.equal((await round()).rung, 50);
    rig.queue.publish = publish;
    assert.equal((await round()).rung, 50, 'none of these has come');
    assert.equal((await round()).rung, 0);
    const told = lines.filter(({ text }) => /ring for units/.test(text)).map(({ text }) => text);
    assert.deepEqual(told, [
      'cannot ring for units of work, trying again: Error: queue away',
      'can ring for units of work again',
    ]);
  });

  it('hears of the end of a unit whose report was lost', async () => {
    await rig.tick('Hour');
    await rig.finish('Hour', '2015053122', 'complete', 'silently');
    await rig.sweep();
    assert.equal(rig.state('Hour', '2015053122'), 'IN_PROGRESS', 'it may be on its way yet');
    rig.clock.advance(10_000);
    await rig.sweep();
    assert.equal(rig.state('Hour', '2015053122'), 'PROCESSED');
  });

  it('takes a finished parent back whose part is not, once', async () => {
    const key = { processName: 'Day', timeperiod: '2015053100' };
    const cause = { actor: 'test', reason: null, at: 1, epoch: 1 };
    const change = {
      kind: 'job',
      ...key,
      from: 'EMBRYO',
      version: 0,
      event: 'skip',
      to: 'SKIPPED',
      set: {},
    } as const;
    await rig.store.commit([{ cause, writes: [change] }]);
    rig = await rig.restart();
    assert.equal((await round()).reopened, 1);
    assert.equal(rig.state('Day', '2015053100'), 'EMBRYO');
    assert.equal((await round()).reopened, 0);
  });

  it('is never under way twice; a caller that asks meanwhile gets the next one', async () => {
    let open = 0;
    let most = 0;
    let rounds = 0;
    const repair = rig.store.repair.bind(rig.store);
    rig.store.repair = async (age) => {
      rounds++;
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return repair(age);
    };
    const first = round();
    await Promise.resolve();
    await Promise.all([first, round(), round(), round()]);
    assert.deepEqual([most, rounds], [1, 2]);
    rig.store.repair = () => Promise.reject(new Error('store away'));
    await assert.rejects(round());
    rig.store.repair = repair;
    await round();
  });
});
