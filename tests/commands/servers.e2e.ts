import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from '../../domain/cluster/member.ts';
import { startMongoServer, whyNoOwnMongo } from '../support/mongo-server.ts';
import type { MongoServer, MongoUser } from '../support/mongo-server.ts';
import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';
import { synergy, synergyOk, servicePids } from '../support/synergy.ts';
import type { Ended, Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const missing = whyNoOwnMongo() ?? noRabbitServer;
const SECRET = 'hunter2:@/?';
const names = ['mixes', 'outage', 'boxes', 'paused', 'secrets', 'refused'] as const;
const writer: MongoUser = {
  name: 'ann',
  password: SECRET,
  roles: names.map((db) => ({ role: 'readWrite', db })),
};
const reader: MongoUser = { name: 'bob', password: SECRET, roles: [{ role: 'read', db: 'refused' }] };
const stranger: MongoUser = { ...writer, password: 'guessed' };

const context = `
  import { defineContext, managedProcess, tree } from 'synergy-scheduler';
  export default defineContext({
    processes: [
      managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true }),
      managedProcess({ name: 'Day', qualifier: 'daily', identity: true, blocking: 'children' }),
    ],
    trees: [tree({ name: 'tree', processes: ['Hour', 'Day'] })],
  });`;
const past = [
  '--start-timeperiod',
  '2015060120',
  '--as-of',
  '2015-06-02T00:30:00Z',
  '--mx-port',
  '0',
] as const;

/** An installation folder with its settings. */
const installed = (settings: Readonly<Record<string, string>>): string => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'process_context.ts'), context);
  writeFileSync(join(folder, 'synergy.config.json'), JSON.stringify(settings));
  return folder;
};

const until = async (isSo: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await isSo())) await sleep(50);
};

/** A port where no server listens. */
const closedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

(missing === undefined ? describe : describe.skip)(
  `on servers${missing ? ` (${missing})` : ''}`,
  function () {
    this.timeout(180_000);
    let mongo: MongoServer;
    let rabbit: RabbitServer;
    const runs: Run[] = [];

    before(async () => {
      [mongo, rabbit] = await Promise.all([
        startMongoServer({ users: [writer, reader] }),
        startRabbitServer(),
      ]);
    });
    after(() => Promise.all([mongo.kill(), rabbit.dispose()]));
    afterEach(async () => {
      for (const run of runs.splice(0)) {
        run.child.kill('SIGTERM');
        await run.ended;
      }
    });

    const start = (folder: string, ...argv: readonly string[]): Run => {
      const run = synergy(folder, 'start', ...past, ...argv);
      runs.push(run);
      return run;
    };
    const dashboardOf = async (run: Run): Promise<string> =>
      (await run.line(/^dashboard: /)).replace('dashboard: ', '');

    const refuses = async (folder: string, what: 'store' | 'queue', line: RegExp): Promise<void> => {
      const started = await start(folder).ended;
      assert.match(started.stderr, /^synergy: [^\n]*\n$/, started.stdout);
      assert.match(started.stderr, line);
      assert.equal(started.code, 1);
      const examined: Ended = await synergy(folder, 'doctor', '--mx-port', '0').ended;
      assert.equal(examined.code, 1);
      const found = examined.stdout.split('\n').filter((text) => text.startsWith('FAIL '));
      assert.equal(found.length, 1, examined.stdout);
      assert.match(found[0] ?? '', new RegExp(`^FAIL ${what}: `));
      assert.match(found[0] ?? '', line);
    };

    describe('that will not do: one line, exit code 1, and doctor names it', () => {
      it('a store with other credentials', () =>
        refuses(
          installed({ store: mongo.url('refused', stranger) }),
          'store',
          /mongodb:\/\/ann:\*\*\*@127.* refuses .*see to user, password/,
        ));

      it('a store whose user may only read', () =>
        refuses(
          installed({ store: mongo.url('refused', reader) }),
          'store',
          /refuses .*grant the role readWrite/,
        ));

      it('a store that is not there', async () => {
        const folder = installed({ store: `mongodb://ann:secret@127.0.0.1:${await closedPort()}/refused` });
        await refuses(folder, 'store', /mongodb:\/\/ann:\*\*\*@127.* does not answer .*ECONNREFUSED/);
      });

      it('a queue with other credentials', async () => {
        const queue = (await rabbit.vhost()).replace('://', '://ann:secret@');
        await refuses(
          installed({ queue }),
          'queue',
          /amqp:\/\/ann:\*\*\*@127.* refused the user or its password/,
        );
      });

      it('a queue without its virtual host', () =>
        refuses(
          installed({ queue: `amqp://127.0.0.1:${rabbit.port}/nowhere` }),
          'queue',
          /nowhere has no such virtual host/,
        ));

      it('a queue that is not there', async () =>
        refuses(
          installed({ queue: `amqp://127.0.0.1:${await closedPort()}` }),
          'queue',
          /does not answer .*ECONNREFUSED/,
        ));
    });

    describe('mixed with what is embedded', () => {
      const worksOff = async (folder: string): Promise<void> => {
        const { code, stdout, stderr } = await start(folder, '--until-done').ended;
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout, /done: every period is finished/);
        const { stdout: counted } = await synergy(folder, 'db', 'check').ended;
        assert.match(counted, /5 jobs, 5 units of work checked[^]*\nsound$/);
      };

      it('works with an embedded store and RabbitMQ', async () => {
        const folder = installed({ queue: await rabbit.vhost() });
        await worksOff(folder);
        const told = await synergyOk(folder, 'doctor', '--mx-port', '0');
        assert.match(told, /^ok {3}queue: RabbitMQ \d+\.\d+\.\d+ at amqp:\/\/127/m);
        assert.match(told, /^ok {3}queue, what it can: several boxes may share it; delayed messages wait/m);
        assert.match(told, /^ok {3}boxes: this one only/m);
      });

      it('works with MongoDB and an embedded queue, on one box', async () => {
        const folder = installed({ store: mongo.url('mixes', writer) });
        await worksOff(folder);
        const told = await synergyOk(folder, 'doctor', '--mx-port', '0');
        assert.match(told, /^ok {3}store: MongoDB \d+\.\d+\.\d+ at mongodb:\/\/ann:\*\*\*@127/m);
        assert.match(told, /^ok {3}store, what it can: several boxes may share it; of writes/m);
        assert.match(told, /^ok {3}boxes: this one only/m);
      });
    });

    describe('shared by boxes', () => {
      const refusesAlone = async (folder: string): Promise<void> => {
        const line =
          /box '(one|two)' works on this store too, but the embedded queue of box 'three' rings on that box only/;
        const { code, stderr } = await start(folder).ended;
        assert.equal(code, 1);
        assert.match(stderr, line);
        const { stdout } = await synergy(folder, 'doctor', '--mx-port', '0').ended;
        assert.match(stdout.split('\n').find((text) => text.startsWith('FAIL boxes: ')) ?? '', line);
      };

      it('has one scheduler at work, another one ready, and no queue of one box', async () => {
        const store = mongo.url('boxes', writer);
        const queue = await rabbit.vhost();
        const [one, two, three] = [
          installed({ store, queue, boxId: 'one' }),
          installed({ store, queue, boxId: 'two' }),
          installed({ store, boxId: 'three' }),
        ];
        const first = start(one);
        await dashboardOf(first);
        const second = start(two);
        await second.line(/^another scheduler is at work/);
        const pids = await servicePids(two);
        assert.deepEqual(Object.keys(pids).sort(), ['scheduler', 'supervisor', 'worker']);
        const told = await synergyOk(two, 'doctor', '--mx-port', '0');
        assert.match(told, /^ok {3}boxes: this one beside one$/m);
        assert.match(told, /^ok {3}cluster: synergy by store: \d services on 2 boxes$/m);
        const leading = async (): Promise<readonly string[]> =>
          (JSON.parse(await synergyOk(three, 'nodes', '--json')) as Member[])
            .filter(({ does }) => does === 'schedule')
            .map(({ box, facts }) => `${box} ${facts.leads ? 'leads' : 'stands by'}`);
        await until(async () => (await leading()).join() === 'one leads,two stands by');
        await refusesAlone(three);
        first.child.kill('SIGTERM');
        assert.equal((await first.ended).code, 0);
        await dashboardOf(second);
        await until(async () => (await leading()).join() === 'two leads');
        second.child.kill('SIGTERM');
        assert.equal((await second.ended).code, 0);
      });

      it('ends a scheduler that was paused for too long when it goes on, and lets it stand by', async () => {
        const settings = { store: mongo.url('paused', writer), queue: await rabbit.vhost() };
        const one = installed({ ...settings, boxId: 'one' });
        const first = start(one);
        await dashboardOf(first);
        const second = start(installed({ ...settings, boxId: 'two' }));
        await second.line(/^another scheduler is at work/);
        const { scheduler } = await servicePids(one);
        assert.ok(scheduler !== undefined);
        process.kill(scheduler, 'SIGSTOP');
        await dashboardOf(second);
        process.kill(scheduler, 'SIGCONT');
        await first.line(/^another scheduler is at work/);
        assert.notEqual((await servicePids(one))['scheduler'], scheduler);
        const log = readFileSync(join(one, 'synergy-data', 'logs', 'scheduler.log'), 'utf8');
        const errors = log.split('\n').filter((line) => line.includes('"level":"error"'));
        assert.equal(errors.length, 1, log);
        assert.match(errors[0] ?? '', /another scheduler has taken over: this one ends/);
        for (const run of [first, second]) {
          run.child.kill('SIGTERM');
          assert.equal((await run.ended).code, 0);
        }
        assert.match((await synergy(one, 'db', 'check').ended).stdout, /sound$/);
      });

      it('lets a scheduler that stands by stop at once', async () => {
        const settings = { store: mongo.url('boxes', writer), queue: await rabbit.vhost() };
        const first = start(installed({ ...settings, boxId: 'one' }));
        await dashboardOf(first);
        const second = start(installed({ ...settings, boxId: 'two' }));
        await second.line(/^another scheduler is at work/);
        second.child.kill('SIGTERM');
        const { code, stderr } = await second.ended;
        assert.deepEqual([code, stderr], [0, '']);
      });
    });

    describe('with passwords', () => {
      it('shows none: not in what it prints and writes, nor in the list of processes', async () => {
        const [store, queue] = [mongo.url('secrets', writer), await rabbit.vhost()];
        const folder = installed({});
        const up = await synergyOk(folder, 'start', '--daemon', ...past, '--store', store, '--queue', queue);
        try {
          const pids = Object.values(await servicePids(folder));
          assert.equal(pids.length, 3);
          const shown = [
            up,
            ...pids.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8')),
            await synergyOk(folder, 'query', '--store', store),
            await synergyOk(folder, 'doctor', '--store', store, '--queue', queue),
          ];
          await synergyOk(folder, 'restart');
          const data = join(folder, 'synergy-data');
          for (const name of readdirSync(join(data, 'logs'))) {
            shown.push(readFileSync(join(data, 'logs', name), 'utf8'));
          }
          for (const text of shown) assert.doesNotMatch(text, /hunter2/);
          // What `restart` needs is kept for its owner only.
          for (const name of readdirSync(join(data, 'run'))) {
            assert.equal(statSync(join(data, 'run', name)).mode & 0o077, 0, name);
          }
        } finally {
          await synergyOk(folder, 'stop');
        }
      });
    });

    describe('that go away', () => {
      it('are ridden out: the dashboard says so, and the rest is done when they are back', async () => {
        const folder = installed({ store: mongo.url('outage', writer), queue: await rabbit.vhost() });
        // A scheduler that is started again has to be found at the same address.
        const run = start(folder, '--mx-port', String(await closedPort()));
        const url = await dashboardOf(run);
        const look = async (): Promise<{ status: number; text: string }> => {
          const response = await fetch(url);
          return { status: response.status, text: await response.text() };
        };
        await until(async () => (await look()).status === 200);

        await mongo.kill();
        await until(async () => {
          const { status, text } = await look();
          assert.ok([200, 503].includes(status), text);
          assert.doesNotMatch(text, /hunter2|\n\s+at /);
          return status === 503 && text.includes('The store has not answered since');
        });
        await mongo.restart();
        await until(async () => (await look()).status === 200);

        await rabbit.stop();
        await until(async () => {
          const { status, text } = await look();
          assert.equal(status, 200, 'the store is there');
          return text.includes('The queue has not answered since');
        });
        const { scheduler, worker } = await servicePids(folder);
        assert.ok(scheduler !== undefined && worker !== undefined);
        for (const pid of [scheduler, worker]) process.kill(pid, 'SIGKILL');
        await run.line(/^worker waits: RabbitMQ at .* does not answer/);
        await rabbit.start();
        await until(async () =>
          look()
            .then(({ text }) => !text.includes('has not answered'))
            .catch(() => false),
        );
        run.child.kill('SIGTERM');
        assert.equal((await run.ended).code, 0);
        const { code, stdout, stderr } = await start(folder, '--until-done').ended;
        assert.equal(code, 0, stdout + stderr);
        assert.match((await synergy(folder, 'db', 'check').ended).stdout, /sound$/);
      });
    });
  },
);
