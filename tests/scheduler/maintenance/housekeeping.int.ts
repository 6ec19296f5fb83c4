import assert from 'node:assert/strict';
import { withMethods } from '../../support/collections.ts';
import type { FactRecord } from '../../../db/collections.ts';
import { factSpec, putFact } from '../../../db/collections.ts';
import { openStore } from '../../../db/registry.ts';
import type { Store } from '../../../db/store.ts';
import { SynergyError } from '../../../domain/errors.ts';
import { deferred } from '../../../lib/deferred.ts';
import type { SchedulerContext } from '../../../scheduler/context.ts';
import { createHousekeeping, housekeepingRuns } from '../../../scheduler/maintenance/housekeeping.ts';
import type {
  Housekeeping,
  HousekeepingResult,
  HousekeepingTask,
} from '../../../scheduler/maintenance/housekeeping.ts';
import { manualClock } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const task = (name: string, run: HousekeepingTask['run'], more: Partial<HousekeepingTask> = {}) => ({
  ...{ name, cron: `cron of ${name}`, advice: `see to ${name}`, run },
  ...more,
});
const result =
  (counts: HousekeepingResult['counts'] = {}, findings?: readonly string[]) =>
  () =>
    Promise.resolve({ counts, ...(findings && { findings }) });

describe('housekeeping', () => {
  const clock = manualClock(1_000);
  let store: Store;
  let lines: string[];
  let scheduled: Map<string, () => void>;

  beforeEach(async () => {
    store = await openStore('embedded', { dataDir: tempFolder(), clock });
    lines = [];
    scheduled = new Map();
  });
  afterEach(() => store.close());

  const create = (...tasks: HousekeepingTask[]): Housekeeping => {
    const write =
      (level: string) =>
      (message: string, fields?: object): void =>
        void lines.push(`${level}: ${message}${fields ? ` ${JSON.stringify(fields)}` : ''}`);
    const log = { info: write('info'), warn: write('warn'), error: write('error') };
    const schedule = (cron: string, zone: string, run: () => void) => {
      scheduled.set(`${cron} ${zone}`, run);
      return () => void scheduled.delete(`${cron} ${zone}`);
    };
    const plan = { tasks, timeZone: 'Europe/Berlin', schedule };
    return createHousekeeping(plan, { store, clock, log } as unknown as SchedulerContext);
  };
  const fire = (name: string): void => scheduled.get(`cron of ${name} Europe/Berlin`)?.();
  /** Fires, and waits for the end of the run. */
  const runOf = async (one: HousekeepingTask): Promise<void> => {
    const housekeeping = create(one);
    housekeeping.start();
    const kept = deferred<undefined>();
    const collection = store.collection.bind(store);
    const { put } = collection(factSpec);
    const heard = (fact: FactRecord): Promise<void> => put(fact).finally(() => kept.resolve(undefined));
    Object.assign(store, withMethods(store, factSpec, { put: heard }));
    fire(one.name);
    await kept.promise;
    store.collection = collection;
    await housekeeping.stop();
  };

  it('has no run on record while that cannot be read back, and keeps the next one', async () => {
    await putFact(store, 'housekeeping', []);
    const collection = store.collection.bind(store);
    const get = () => Promise.reject(new SynergyError('VALUE_UNREADABLE', 'value of fact housekeeping'));
    Object.assign(store, withMethods(store, factSpec, { get }));
    assert.deepEqual(await housekeepingRuns(store), []);
    await runOf(task('a', result({ lines: 1 })));
    store.collection = collection;
    assert.deepEqual(
      (await housekeepingRuns(store)).map(({ task: name }) => name),
      ['a'],
    );
  });

  it('puts each task that is not off on the clock, and takes it off when it stops', async () => {
    const housekeeping = create(task('a', result()), task('b', result(), { cron: 'off' }));
    assert.equal(scheduled.size, 0, 'nothing before the scheduler has begun');
    housekeeping.start();
    assert.deepEqual([...scheduled.keys()], ['cron of a Europe/Berlin']);
    const before = scheduled.get('cron of a Europe/Berlin');
    housekeeping.rearm();
    assert.equal(scheduled.size, 1);
    assert.notEqual(
      scheduled.get('cron of a Europe/Berlin'),
      before,
      'reckoned anew after the clock was set back',
    );
    await housekeeping.stop();
    housekeeping.rearm();
    assert.equal(scheduled.size, 0);
  });

  it('logs a run with its duration and what it did, and keeps it', async () => {
    await runOf(
      task('a', () => {
        clock.advance(7);
        return Promise.resolve({ counts: { lines: 3 } });
      }),
    );
    assert.deepEqual(lines, ['info: housekeeping: a ended {"ms":7,"lines":3}']);
    assert.deepEqual(await housekeepingRuns(store), [
      { task: 'a', at: 1_000, ms: 7, counts: { lines: 3 }, failure: null, findings: [], advice: 'see to a' },
    ]);
  });

  it('runs what is marked for the start when it begins', async () => {
    const begun = deferred<undefined>();
    const run = () => (begun.resolve(undefined), Promise.resolve({ counts: {} }));
    const housekeeping = create(task('a', run, { atStart: true }));
    housekeeping.start();
    await begun.promise;
    await housekeeping.stop();
  });

  it('leaves a run out while the last one of the task is under way, not that of another task', async () => {
    const [first, second] = [deferred<HousekeepingResult>(), deferred<undefined>()];
    let runs = 0;
    const housekeeping = create(
      task('a', () => (runs++, first.promise)),
      task('b', () => (second.resolve(undefined), Promise.resolve({ counts: {} }))),
    );
    housekeeping.start();
    fire('a');
    fire('a');
    fire('b');
    await second.promise;
    assert.equal(runs, 1);
    assert.match(lines[0] ?? '', /^warn: housekeeping: a is due while its last run is under way/);
    first.resolve({ counts: {} });
    await housekeeping.stop();
  });

  it('tells of a failure and what to do, keeps the findings before it, and runs again', async () => {
    await runOf(task('a', result({}, ['one'])));
    assert.deepEqual(lines, [
      'info: housekeeping: a ended {"ms":0}',
      'error: housekeeping: a found: one; see to a',
    ]);
    await runOf(task('a', () => Promise.reject(new Error('broken\nhere'))));
    assert.equal(
      lines.at(-1),
      'error: housekeeping: a failed after 0 ms: broken; see to a; it runs again when it is due',
    );
    const [failed] = await housekeepingRuns(store);
    assert.deepEqual([failed?.failure, failed?.findings], ['broken', ['one']]);
    await runOf(task('a', result()));
    const [sound] = await housekeepingRuns(store);
    assert.deepEqual([sound?.failure, sound?.findings], [null, []], 'a later run that finds none clears it');
  });

  it('keeps the last run of each task, and forgets tasks that are off', async () => {
    await putFact(store, 'housekeeping', [{ task: 'gone', findings: ['old'] }, { task: 'b' }]);
    const [a, b] = [task('a', result()), task('b', result(), { cron: 'x' })];
    const housekeeping = create({ ...a, atStart: true }, b);
    const kept = deferred<undefined>();
    const collection = store.collection.bind(store);
    const { put } = collection(factSpec);
    const heard = (fact: FactRecord): Promise<void> => put(fact).finally(() => kept.resolve(undefined));
    Object.assign(store, withMethods(store, factSpec, { put: heard }));
    housekeeping.start();
    await kept.promise;
    assert.deepEqual(
      (await housekeepingRuns(store)).map((run) => run.task),
      ['b', 'a'],
    );
    await housekeeping.stop();
  });

  it('asks what is under way to end when it stops, waits for it and keeps nothing of it', async () => {
    const begun = deferred<undefined>();
    const housekeeping = create(
      task('a', (_, stopping) => {
        begun.resolve(undefined);
        return new Promise((_resolve, reject) => {
          stopping.addEventListener('abort', () => reject(new Error('killed')));
        });
      }),
    );
    housekeeping.start();
    fire('a');
    await begun.promise;
    await housekeeping.stop();
    assert.deepEqual(lines, ['info: housekeeping: a was stopped {"ms":0}']);
    assert.deepEqual(await housekeepingRuns(store), []);
  });

  it('goes on when a run cannot be kept', async () => {
    const collection = store.collection.bind(store);
    const housekeeping = create(task('a', result(), { atStart: true }));
    const away = (): Promise<void> => Promise.reject(new Error('store away'));
    Object.assign(store, withMethods(store, factSpec, { put: away }));
    housekeeping.start();
    await housekeeping.stop();
    store.collection = collection;
    assert.ok(
      lines.every((line) => !line.startsWith('error')),
      lines.join(),
    );
  });
});
