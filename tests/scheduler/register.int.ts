import assert from 'node:assert/strict';
import { factSpec } from '../../db/collections.ts';
import { withMethods } from '../support/collections.ts';

import type { Store } from '../../db/store.ts';
import type { ProcessContext } from '../../domain/model/process.ts';
import type { Qualifier } from '../../domain/time/qualifier.ts';
import { checkQualifiers, groupingsOf, readRegister, registerProcesses } from '../../scheduler/register.ts';
import { openEmbeddedFixture } from '../db/embedded-fixture.ts';
import { openMongoFixture } from '../db/mongo-fixture.ts';
import type { StoreFixture } from '../db/store-contract.ts';
import { contextOf, managed } from '../support/context.ts';
import { startMongoServer, whyNoMongo } from '../support/mongo-server.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import { freshUow } from '../support/records.ts';

const cause = { actor: 'scheduler', at: 5_000, epoch: 1 };

const contextWith = (qualifier: Qualifier, grouping = 1): ProcessContext =>
  contextOf({ t: { processes: [managed('A', qualifier, { grouping })] } });

const register = (store: Store, context: ProcessContext): Promise<void> =>
  registerProcesses(context, store, cause);

/** A job that ran over `[timeperiod, end)`. */
const run = (store: Store, timeperiod: string, endTimeperiod: string) => {
  const id = `A/${timeperiod}#1`;
  const uow = freshUow(id, { processName: 'A', timeperiod, startTimeperiod: timeperiod, endTimeperiod });
  return store.commit([
    {
      cause: { ...cause, reason: null },
      writes: [
        {
          ...{ kind: 'job', processName: 'A', timeperiod, version: 0, from: 'EMBRYO' },
          ...{ event: 'start', to: 'IN_PROGRESS', set: { relatedUow: id, uowCount: 1 } },
        },
        { kind: 'uow-insert', uow },
      ],
    },
  ]);
};

/** A job that another one is to cover. */
const cover = (store: Store, timeperiod: string) =>
  store.commit([
    {
      cause: { ...cause, reason: null },
      writes: [
        {
          ...{ kind: 'job', processName: 'A', timeperiod, version: 0, from: 'EMBRYO' },
          ...{ event: 'empty', to: 'NOOP', set: {} },
        },
      ],
    },
  ]);

const cases = (open: () => Promise<StoreFixture>): void => {
  let fixture: StoreFixture;
  beforeEach(async () => {
    fixture = await open();
  });
  afterEach(() => fixture.dispose());

  it('refuses a qualifier that the jobs are not of, with the process, before and after', async () => {
    const { store } = fixture;
    await register(store, contextWith('daily'));
    await run(store, '2026010100', '2026010200');
    for (const refuse of [
      () => register(store, contextWith('hourly')),
      async () => checkQualifiers(contextWith('hourly'), store, await readRegister(store)),
    ])
      await assert.rejects(refuse, (error: Error & { code?: string }) => {
        assert.equal(error.code, 'QUALIFIER_CHANGED');
        assert.match(
          error.message,
          /^process 'A' is hourly in the context, but its jobs in this store are daily: /,
        );
        assert.match(error.message, /another name .* set its qualifier back/);
        return true;
      });
    await register(store, contextWith('daily'));
  });

  it('tells the qualifier of jobs by their units, where it was never told of it', async () => {
    const { store } = fixture;
    await run(store, '2026010100', '2026010101');
    await assert.rejects(register(store, contextWith('daily')), {
      message: /^process 'A' is daily in the context, but its jobs in this store are hourly: /,
    });
    await register(store, contextWith('hourly'));
  });

  it('takes another qualifier while there are no jobs', async () => {
    const { store } = fixture;
    await register(store, contextWith('daily'));
    await register(store, contextWith('hourly'));
    assert.equal((await readRegister(store)).get('A')?.qualifier, 'hourly');
  });

  it('opens again what a former grouping left to a job that never came, once', async () => {
    const { store } = fixture;
    await register(store, contextWith('hourly', 3));
    await run(store, '2026010103', '2026010104');
    await cover(store, '2026010104');
    for (let start = 0; start < 2; start++) {
      await register(store, contextWith('hourly'));
      const job = await store.job({ processName: 'A', timeperiod: '2026010104' });
      assert.deepEqual([job?.state, job?.version], ['EMBRYO', 2]);
    }
    assert.deepEqual(groupingsOf(await readRegister(store)).get('A'), [
      { since: null, grouping: 3 },
      { since: '2026010104', grouping: 1 },
    ]);
  });

  it('finds the change again when a crash came between', async () => {
    const { store } = fixture;
    await register(store, contextWith('hourly', 3));
    await cover(store, '2026010101');
    await cover(store, '2026010102');
    const crashing = {
      ...store,
      ...withMethods(store, factSpec, { put: () => Promise.reject(new Error('killed')) }),
    };
    const bound = Object.fromEntries(
      Object.entries(crashing).map(([name, method]: [string, unknown]) => [
        name,
        typeof method === 'function' ? (method.bind(store) as unknown) : method,
      ]),
    ) as unknown as Store;
    await assert.rejects(registerProcesses(contextWith('hourly'), bound, cause), { message: 'killed' });
    await register(store, contextWith('hourly', 2));
    const states = await Promise.all(
      ['2026010101', '2026010102'].map(
        async (timeperiod) => (await store.job({ processName: 'A', timeperiod }))?.state,
      ),
    );
    assert.deepEqual(states, ['EMBRYO', 'EMBRYO']);
    assert.deepEqual(groupingsOf(await readRegister(store)).get('A'), [{ since: null, grouping: 2 }]);
  });
};

describe('registered processes, embedded', () => cases(openEmbeddedFixture));

const missing = whyNoMongo();
describe(`registered processes, mongo${missing === undefined ? '' : ` (skipped: ${missing})`}`, function () {
  this.timeout(30_000);
  let server: MongoServer;
  before(async function () {
    if (missing !== undefined) return this.skip();
    server = await startMongoServer();
  });
  after(() => (server as MongoServer | undefined)?.stop());

  cases(() => openMongoFixture(server));
});
