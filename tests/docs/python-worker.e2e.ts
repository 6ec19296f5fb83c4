import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogRecord, TransitionRecord, UowRecord } from '../../domain/model/record.ts';
import { ask, json } from '../mx/support/ask.ts';
import { synergy, unitPids } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { freePort, pythonWorker } from './python-worker.ts';

const context = `
import { defineContext, managedProcess, tree } from 'synergy-scheduler';
const outside = (name, args) =>
  managedProcess({ name, qualifier: 'hourly', external: true, arguments: args });
export default defineContext({
  processes: [
    outside('Short', { steps: 2 }),
    outside('Long', { steps: 40, seconds: 0.1 }),
    outside('Broken', { steps: 'many' }),
  ],
  trees: ['Short', 'Long', 'Broken'].map((name) => tree({ name: name.toLowerCase(), processes: [name] })),
});`;

/** Three hours are over. */
const settings = ['--start-timeperiod', '2015060100', '--as-of', '2015-06-01T03:30:00Z'];
/** For what is noticed at a heartbeat or when a lease is lost. */
const shortLease = ['--lease', '2s', '--heartbeat', '500ms', '--sweep-interval', '1s'];
const LONG = 'Long/2015060100#1';

describe('the worker in Python', function () {
  this.timeout(120_000);
  let folder: string;
  let url: string;
  const runs: Run[] = [];

  const started = <R extends Run>(run: R): R => {
    runs.push(run);
    return run;
  };
  const worker = (process: string): Run =>
    started(pythonWorker('python3', '--url', url, '--process', process));
  const read = async <T>(path: string): Promise<T> => {
    const { status, body } = await ask(new URL(`/api/v1/${path}`, url).href);
    assert.equal(status, 200, body);
    return JSON.parse(body) as T;
  };
  const uow = (id: string): Promise<UowRecord> => read(`uows/${encodeURIComponent(id)}`);
  const log = async (id: string): Promise<LogRecord[]> =>
    (await read<{ items: LogRecord[] }>(`uows/${encodeURIComponent(id)}/log?limit=1000`)).items;
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    while (!(await isSo()));
  };
  const untilWorkedAt = (id: string): Promise<void> => until(async () => (await log(id)).length > 0);

  before(function () {
    if (spawnSync('python3', ['--version']).status !== 0) this.skip();
  });
  const start = async (...more: string[]): Promise<void> => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
    const port = await freePort();
    const scheduler = started(synergy(folder, 'start', ...settings, ...more, '--mx-port', String(port)));
    await scheduler.line(/^dashboard: /);
    url = `http://127.0.0.1:${port}`;
  };
  afterEach(async () => {
    for (const { child, ended } of runs.splice(0).reverse()) {
      child.kill('SIGINT');
      await ended;
    }
  });

  it('works off what there is, with its output, and ends when it is asked to', async () => {
    await start();
    const python = worker('Short');
    for (const hour of ['00', '01', '02']) {
      await python.line(new RegExp(`^processed Short/20150601${hour}#1 applied$`));
    }
    const id = 'Short/2015060101#1';
    const { state, processed, progress, startedAt, finishedAt } = await uow(id);
    assert.deepEqual([state, processed, progress], ['PROCESSED', 2, { done: 2, total: 2 }]);
    assert.ok((finishedAt ?? 0) >= (startedAt ?? Infinity));
    assert.deepEqual(
      (await log(id)).map(({ line }) => line),
      [1, 2].map((step) => `step ${step} of 2 for 2015060101 to 2015060102`),
    );
    const { items } = await read<{ items: TransitionRecord[] }>(`journal?entity=${encodeURIComponent(id)}`);
    const actors = items.filter(({ event }) => event !== 'request').map(({ actor }) => actor);
    assert.equal(actors.length, 2);
    for (const actor of actors) assert.match(actor, /^worker [\w.-]+\/python-\d+-\d+$/);
    const job = await read<{ node: { state: string } }>('jobs/Short/2015060102');
    assert.equal(job.node.state, 'PROCESSED');
    python.child.kill('SIGTERM');
    const { code, stderr } = await python.ended;
    assert.deepEqual([code, stderr], [0, '']);
  });

  it('is the only one: there is none to start here', async () => {
    await start();
    const { code, stderr } = await synergy(folder, 'start', ...settings, 'Short').ended;
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^synergy: 'Short' is external: it has no worker to start here, but takes yours; see docs/,
    );
  });

  it('reports what its work raises, with the trace in the log', async () => {
    await start();
    await worker('Broken').line(/^invalid Broken\/2015060100#1 applied$/);
    const { state, error } = await uow('Broken/2015060100#1');
    assert.equal(state, 'INVALID');
    assert.match(error ?? '', /^TypeError: /);
    const lines = (await log('Broken/2015060100#1')).map(({ line }) => line);
    assert.match(lines[0] ?? '', /^Traceback/);
    assert.ok(lines.length > 2);
  });

  it('is replaced by another when it is killed in the middle', async () => {
    await start(...shortLease);
    const first = worker('Long');
    await untilWorkedAt(LONG);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = worker('Long');
    await second.line(/^started Long\/2015060100#1 attempt 2$/);
    await second.line(/^processed Long\/2015060100#1 applied$/);
    const { state, attempt, processed } = await uow(LONG);
    assert.deepEqual([state, attempt, processed], ['PROCESSED', 2, 40]);
    const lines = await log(LONG);
    const byAttempt = (number: number): LogRecord[] => lines.filter((line) => line.attempt === number);
    assert.ok(byAttempt(1).length > 0 && byAttempt(1).length < 40);
    assert.equal(byAttempt(2).length, 40);
  });

  it('breaks off when its unit is canceled', async () => {
    await start(...shortLease);
    const python = worker('Long');
    await untilWorkedAt(LONG);
    const cancel = { kind: 'cancel-uow', uowId: LONG, reason: 'not needed' };
    const { status, body } = await ask(`${url}/api/v1/commands`, json(cancel));
    assert.equal(status, 200, body);
    await python.line(/^lost Long\/2015060100#1$/);
    const { state, attempt } = await uow(LONG);
    assert.deepEqual([state, attempt], ['CANCELED', 1]);
    assert.ok((await log(LONG)).length < 40);
  });

  it('goes on through a restart of the scheduler', async () => {
    await start();
    const python = worker('Long');
    await untilWorkedAt(LONG);
    const { scheduler } = await unitPids(folder);
    assert.ok(scheduler !== undefined);
    process.kill(scheduler, 'SIGKILL');
    await python.line(/^processed Long\/2015060100#1 applied$/);
    const { state, attempt } = await uow(LONG);
    assert.deepEqual([state, attempt], ['PROCESSED', 1]);
    assert.equal((await log(LONG)).length, 40);
  });
});
