import assert from 'node:assert/strict';
import { getFact } from '../../db/collections.ts';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { synergy, servicePids } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const LEASE = 2000;
const HEARTBEAT = 400;
/** For a machine that is busy with something else. */
const SLACK = 1000;

const context = `
import { defineContext, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [managedProcess({ name: 'Hour', qualifier: 'hourly', handler: './work.mjs' })],
  trees: [tree({ name: 'tree', processes: ['Hour'] })],
});`;

/** Of handlers: what happens goes to a file, line by line, each with its instant. */
const toldBy = `
import { appendFileSync } from 'node:fs';
import { once } from 'node:events';
const tell = (what) => appendFileSync('told', Date.now() + ' ' + what + '\\n');
`;

const clock = ['--start-timeperiod', '2015060100', '--as-of', '2015-06-01T01:30:00Z', '--mx-port', '0'];
const timings = ['--lease', `${LEASE}ms`, '--heartbeat', `${HEARTBEAT}ms`, '--sweep-interval', '200ms'];

describe('a worker process', function () {
  this.timeout(90_000);
  let folder: string;
  let run: Run | undefined;
  let store: Store;

  const start = async (handler: string, given = context): Promise<Run> => {
    writeFileSync(join(folder, 'process_context.ts'), given);
    writeFileSync(join(folder, 'work.mjs'), `${toldBy}\n${handler}`);
    writeFileSync(join(folder, 'told'), '');
    run = synergy(folder, 'start', ...clock, ...timings);
    await run.line(/^dashboard: /);
    store = await openStore('embedded', {
      dataDir: join(folder, 'synergy-data'),
      clock: { now: () => Date.now() },
    });
    return run;
  };
  const until = async (what: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await what())) await new Promise((resolve) => setImmediate(resolve));
  };
  const uow = async (): Promise<UowRecord | undefined> => (await store.uows(['Hour/2015060100#1']))[0];
  /** Instants at which the handler told something. */
  const told = (what: string): number[] =>
    readFileSync(join(folder, 'told'), 'utf8')
      .split('\n')
      .flatMap((line) => (line.endsWith(` ${what}`) ? [Number(line.split(' ')[0])] : []));

  beforeEach(() => {
    folder = tempFolder();
  });
  afterEach(async () => {
    await store.close();
    run?.child.kill('SIGINT');
    await run?.ended;
  });

  it('keeps the leases of a handler that blocks the event loop', async () => {
    await start(`
      export default () => {
        tell('blocks');
        for (const until = Date.now() + ${3 * LEASE}; Date.now() < until; );
        tell('done');
      };`);
    await until(() => told('blocks').length > 0);
    let expired = 0;
    await until(async () => {
      const { state, lease } = (await uow()) ?? {};
      if (lease && lease.expiresAt <= Date.now()) expired++;
      return state === 'PROCESSED';
    });
    assert.equal(expired, 0);
    assert.deepEqual([told('blocks').length, told('done').length, (await uow())?.attempt], [1, 1, 1]);
  });

  it('that was stopped past its lease aborts what it ran, and is not believed', async () => {
    await start(`
      export default async (uow, { signal }) => {
        tell('begins ' + uow.attempt);
        if (uow.attempt > 1) return;
        await once(signal, 'abort');
        tell('aborted');
        return { processed: 1000 };
      };`);
    await until(() => told('begins 1').length > 0);
    const { worker = 0 } = await servicePids(folder);
    process.kill(worker, 'SIGSTOP');
    try {
      await until(async () => (await uow())?.state === 'REQUESTED');
      appendFileSync(join(folder, 'told'), `${Date.now()} continued\n`);
    } finally {
      process.kill(worker, 'SIGCONT');
    }
    await until(async () => (await uow())?.state === 'PROCESSED' && told('aborted').length > 0);
    const [continued = 0] = told('continued');
    const [aborted = 0] = told('aborted');
    assert.ok(aborted - continued < HEARTBEAT + SLACK, `aborted after ${aborted - continued} ms`);
    const { attempt, crashes, processed } = (await uow()) ?? {};
    assert.deepEqual([attempt, crashes, processed], [2, 0, 0]);
    await until(async () => (await store.rejectedReports(10)).length > 0);
    const [late] = await store.rejectedReports(10);
    assert.equal(late?.attempt, 1);
  });

  it('that runs poison loses nothing but the poison', async () => {
    await start(`
      export default (uow) => {
        tell('begins ' + uow.attempt);
        process.exit(3);
      };`);
    await until(async () => (await uow())?.state === 'INVALID');
    const { attempt, crashes, retryAt, error } = (await uow()) ?? {};
    assert.deepEqual([attempt, crashes, retryAt], [3, 3, null]);
    assert.match(error ?? '', /^poison: 3 crashes in a row, last: the handler's process exited with code 3/);
    const rows = await store.journal({ entityId: 'Hour/2015060100#1', after: 0, limit: 20 });
    assert.deepEqual(
      rows.map(({ event, actor }) => [event, actor.split(' ')[0]]),
      [
        ['request', 'scheduler'],
        ['claim', 'worker'],
        ['repost', 'collector'],
        ['claim', 'worker'],
        ['repost', 'worker'],
        ['claim', 'worker'],
        ['fail', 'worker'],
      ],
    );
    const owners = new Set(rows.flatMap(({ event, actor }) => (event === 'claim' ? [actor] : [])));
    assert.equal(owners.size, 2, 'the worker died once, with the first crash');
  });

  it('outlives an error that a handler leaves uncaught: that run crashes, and runs apart', async () => {
    await start(`
      export default async (uow) => {
        tell('in ' + process.pid);
        if (uow.attempt > 1) return;
        setTimeout(() => void Promise.reject(new Error('left behind')), 10);
        await new Promise(() => undefined);
      };`);
    await until(() => /in /.test(readFileSync(join(folder, 'told'), 'utf8')));
    const { worker } = await servicePids(folder);
    await until(async () => (await uow())?.state === 'PROCESSED');
    assert.equal((await uow())?.attempt, 2);
    const rows = await store.journal({ entityId: 'Hour/2015060100#1', after: 0, limit: 20 });
    assert.equal(
      rows.find(({ event }) => event === 'repost')?.reason,
      'an error that nothing caught: Error: left behind',
    );
    const lines = readFileSync(join(folder, 'told'), 'utf8').trim().split('\n');
    const [first, second] = lines.map((line) => Number(line.split(' in ')[1]));
    assert.equal(first, worker);
    assert.notEqual(second, worker);
    assert.equal((await servicePids(folder))['worker'], worker);
  });

  it('outlives an exit that a handler left behind when its run was over: its process runs apart', async () => {
    await start(`
      export default async () => {
        setTimeout(() => {
          tell('exits');
          process.exit(3);
        }, 50);
      };`);
    const { worker } = await servicePids(folder);
    const isTold = async (): Promise<boolean> =>
      (await store.log('Hour/2015060100#1', 0, 100)).some(({ line }) =>
        line.startsWith(
          'left behind after the end of the run: Error: process.exit(3), called when its run was over',
        ),
      );
    await until(isTold);
    await until(async () => (await getFact(store, 'apart/Hour')) !== undefined);
    assert.equal((await uow())?.state, 'PROCESSED');
    assert.equal((await servicePids(folder))['worker'], worker);
  });

  it('is replaced when a handler blocks it beyond its time limit, and has that process run apart', async () => {
    const limited = context.replace(
      "'./work.mjs'",
      "'./work.mjs', timeLimit: '1s', retry: { delay: '100ms' }",
    );
    await start(
      `
      export default (uow) => {
        tell('in ' + process.pid);
        if (uow.attempt === 1) for (;;);
      };`,
      limited,
    );
    await until(async () => (await uow())?.state === 'PROCESSED');
    const rows = await store.journal({ entityId: 'Hour/2015060100#1', after: 0, limit: 20 });
    assert.equal(rows.find(({ event }) => event === 'fail')?.reason, 'time limit of 1s exceeded');
    const { attempt, crashes } = (await uow()) ?? {};
    assert.deepEqual([attempt, crashes], [2, 0]);
    const { worker: second } = await servicePids(folder);
    const [blocked, childRuns] = readFileSync(join(folder, 'told'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => Number(line.split(' in ')[1]));
    const [claim] = rows.filter(({ event }) => event === 'claim');
    assert.match(claim?.actor ?? '', new RegExp(`:worker:${blocked}:`), 'it ran in the worker itself');
    assert.notEqual(second, blocked);
    assert.notEqual(childRuns, second);
  });
});
