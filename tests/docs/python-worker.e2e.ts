import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogRecord, TransitionRecord, UowRecord } from '../../domain/model/record.ts';
import type { ProcessSummary } from '../../scheduler/api/api.ts';
import { ask, json } from '../mx/support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';
import { synergy, servicePids, synergyOk } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { isPython, pythonWithPika, pythonWorker } from './python-worker.ts';

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
const period = ['--start-timeperiod', '2015060100', '--as-of', '2015-06-01T03:30:00Z'];
/** For what is noticed at a heartbeat or when a lease is lost. */
const shortLease = ['--lease', '2s', '--heartbeat', '500ms', '--sweep-interval', '1s'];
const LONG = 'Long/2015060100#1';

/** How the worker hears of its units. */
interface Way {
  readonly python: string;
  /** More options of a scheduler, and of the worker with it. */
  readonly options: () => Promise<{
    readonly scheduler: readonly string[];
    readonly worker: readonly string[];
  }>;
}

/** Leaves nothing running that a test has started. */
const runs: Run[] = [];
const started = (run: Run): Run => {
  runs.push(run);
  return run;
};
const endAll = async (): Promise<void> => {
  for (const { child, ended } of runs.splice(0).reverse()) {
    child.kill('SIGINT');
    await ended;
  }
};

/** A scheduler that has external units, and what tests ask and start there. */
const openSite = async ({ python, options }: Way, ...settings: readonly string[]) => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'process_context.ts'), context);
  const { scheduler, worker } = await options();
  const port = await freePort();
  const argv = [...period, ...scheduler, ...settings];
  await started(synergy(folder, 'start', ...argv, '--mx-port', String(port))).line(/^dashboard: /);
  const url = `http://127.0.0.1:${port}`;
  const read = async <T>(path: string): Promise<T> => {
    const { status, body } = await ask(`${url}/api/v1/${path}`);
    assert.equal(status, 200, body);
    return JSON.parse(body) as T;
  };
  const log = async (id: string): Promise<LogRecord[]> =>
    (await read<{ items: LogRecord[] }>(`uows/${encodeURIComponent(id)}/log?limit=1000`)).items;
  return {
    folder,
    argv,
    read,
    log,
    worker: (name: string, ...more: readonly string[]) =>
      started(pythonWorker(python, '--url', url, '--process', name, ...worker, ...more)),
    uow: (id: string) => read<UowRecord>(`uows/${encodeURIComponent(id)}`),
    command: async (body: object) => {
      const answer = await ask(`${url}/api/v1/commands`, json(body));
      assert.equal(answer.status, 200, answer.body);
    },
    untilWorkedAt: async (id: string) => {
      while ((await log(id)).length === 0);
    },
    /** Every ring was acknowledged. */
    untilRungOut: async (name: string) => {
      const waiting = async (): Promise<boolean> => {
        const { items } = await read<{ items: ProcessSummary[] }>('processes');
        const depth = items.find(({ process }) => process.name === name)!.queueDepth;
        return depth === null || depth.ready + depth.taken > 0;
      };
      while (await waiting());
    },
  };
};

const itWorks = (way: Way): void => {
  afterEach(endAll);

  it('works off what there is, with its output, and ends when it is asked to', async () => {
    const { worker, uow, log, read, untilRungOut } = await openSite(way);
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
    await untilRungOut('Short');
    const job = await read<{ node: { state: string } }>('jobs/Short/2015060102');
    assert.equal(job.node.state, 'PROCESSED');
    python.child.kill('SIGTERM');
    const { code, stderr } = await python.ended;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /Traceback/);
  });

  it('is the only one: there is none to start here', async () => {
    const { folder, argv } = await openSite(way);
    const { code, stderr } = await synergy(folder, 'start', ...argv, 'Short').ended;
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^synergy: 'Short' is external: it has no worker to start here, but takes yours; see docs/,
    );
  });

  it('reports what its work raises, with the trace in the log', async () => {
    const { worker, uow, log } = await openSite(way);
    await worker('Broken').line(/^invalid Broken\/2015060100#1 applied$/);
    const { state, error } = await uow('Broken/2015060100#1');
    assert.equal(state, 'INVALID');
    assert.match(error ?? '', /^TypeError: /);
    const lines = (await log('Broken/2015060100#1')).map(({ line }) => line);
    assert.match(lines[0] ?? '', /^Traceback/);
    assert.ok(lines.length > 2);
  });

  it('is replaced by another when it is killed in the middle', async () => {
    const { worker, uow, log, untilWorkedAt } = await openSite(way, ...shortLease);
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
    const { worker, uow, log, untilWorkedAt, command } = await openSite(way, ...shortLease);
    const python = worker('Long');
    await untilWorkedAt(LONG);
    await command({ kind: 'cancel-uow', uowId: LONG, reason: 'not needed' });
    await python.line(/^lost Long\/2015060100#1$/);
    const { state, attempt } = await uow(LONG);
    assert.deepEqual([state, attempt], ['CANCELED', 1]);
    assert.ok((await log(LONG)).length < 40);
  });

  it('sends its token where there are accounts, and says what it was refused for', async () => {
    const { folder, worker } = await openSite(way);
    await synergyOk(folder, 'user', 'add', 'ann', '--role', 'admin');
    const tokenFile = async (scope: string): Promise<string> => {
      const file = join(folder, `${scope}.token`);
      const created = await synergyOk(folder, 'token', 'create', 'ann', 'worker', '--scope', scope);
      writeFileSync(file, `${created.split('\n').at(-1) ?? ''}\n`);
      return file;
    };
    for (const [given, message] of [
      [[], /^refused: this needs an account/],
      [['--token-file', await tokenFile('read')], /^refused: this needs a token of the scope work/],
    ] as const) {
      const { code, stderr } = await worker('Short', ...given).ended;
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
    const python = worker('Short', '--token-file', await tokenFile('work'));
    await python.line(/^processed Short\/2015060101#1 applied$/);
  });

  it('goes on through a restart of the scheduler', async () => {
    const { folder, worker, uow, log, untilWorkedAt } = await openSite(way);
    const python = worker('Long');
    await untilWorkedAt(LONG);
    const { scheduler } = await servicePids(folder);
    assert.ok(scheduler !== undefined);
    process.kill(scheduler, 'SIGKILL');
    await python.line(/^processed Long\/2015060100#1 applied$/);
    const { state, attempt } = await uow(LONG);
    assert.deepEqual([state, attempt], ['PROCESSED', 1]);
    assert.equal((await log(LONG)).length, 40);
  });
};

describe('the worker in Python, over HTTP alone', function () {
  this.timeout(120_000);
  before(function () {
    if (!isPython('python3')) this.skip();
  });
  itWorks({ python: 'python3', options: () => Promise.resolve({ scheduler: [], worker: [] }) });
});

describe('the worker in Python, rung by RabbitMQ', function () {
  this.timeout(120_000);
  let server: RabbitServer | undefined;
  const vhost = async (): Promise<string> => {
    assert.ok(server);
    return server.vhost();
  };
  const way: Way = {
    python: pythonWithPika,
    options: async () => {
      const url = await vhost();
      return { scheduler: ['--queue', url], worker: ['--amqp', url] };
    },
  };
  before(async function () {
    if (noRabbitServer !== undefined || !isPython(pythonWithPika)) return this.skip();
    server = await startRabbitServer();
  });
  after(() => server?.dispose());
  itWorks(way);

  it('may ask by HTTP all the same', async () => {
    const { worker, untilRungOut } = await openSite({
      ...way,
      options: async () => ({ scheduler: ['--queue', await vhost()], worker: [] }),
    });
    await worker('Short').line(/^processed Short\/2015060102#1 applied$/);
    await untilRungOut('Short');
  });

  it('goes on through a restart of the broker', async () => {
    const { worker, command, read } = await openSite(way);
    const python = worker('Short');
    await python.line(/^processed Short\/2015060102#1 applied$/);
    await server?.kill();
    await server?.start();
    const plan = await read<{ hash: string }>('jobs/Short/2015060102/plan?kind=reprocess');
    const hour = { processName: 'Short', timeperiod: '2015060102' };
    await command({ kind: 'reprocess', ...hour, planHash: plan.hash, reason: 'again' });
    await python.line(/^processed Short\/2015060102#2 applied$/);
  });
});
