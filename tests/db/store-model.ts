import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Store, Write } from '../../db/store.ts';
import type { Report } from '../../domain/model/report.ts';
import { jobStates } from '../../domain/machine/job-machine.ts';
import type { JobState } from '../../domain/machine/job-machine.ts';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import type { FreerunEntryRecord } from '../../domain/model/record.ts';
import { entryChange, freerunSpec } from '../../db/collections.ts';
import { freerunEntry, freshUow } from '../support/records.ts';
import type { StoreFixture } from './store-contract.ts';

/** What a store has to look like, kept in the plainest way. */
interface Model {
  readonly jobs: Map<string, { state: JobState; version: number; failures: number }>;
  readonly uows: Map<string, { state: UowState; version: number; attempt: number; token: string | null }>;
  /** Versions by the names of entries. */
  readonly entries: Map<string, number>;
  /** Number of rows per entity. */
  readonly journal: Map<string, number>;
  rejected: number;
}

interface Real {
  readonly store: Store;
}

const cause = { actor: 'scheduler', reason: null, at: 1, epoch: 1 };
const processName = 'P';

const copy = (model: Model): Model => ({
  jobs: new Map(model.jobs),
  uows: new Map(model.uows),
  entries: new Map(model.entries),
  journal: new Map(model.journal),
  rejected: model.rejected,
});

const journaled = (model: Model, entity: string): void => {
  model.journal.set(entity, (model.journal.get(entity) ?? 0) + 1);
};

/** Applies a write to the model; false is a conflict. */
const applyWrite = (model: Model, write: Write): boolean => {
  switch (write.kind) {
    case 'job': {
      const job = model.jobs.get(write.timeperiod) ?? { state: 'EMBRYO', version: 0, failures: 0 };
      if (job.state !== write.from || job.version !== write.version) return false;
      const failures = write.set.failures ?? job.failures;
      model.jobs.set(write.timeperiod, { state: write.to, version: job.version + 1, failures });
      journaled(model, `${processName}/${write.timeperiod}`);
      return true;
    }
    case 'uow-insert':
      if (model.uows.has(write.uow.id)) return false;
      model.uows.set(write.uow.id, { state: 'REQUESTED', version: 1, attempt: 0, token: null });
      journaled(model, write.uow.id);
      return true;
    case 'uow': {
      const uow = model.uows.get(write.id);
      if (uow === undefined || uow.state !== write.from || uow.version !== write.version) return false;
      model.uows.set(write.id, { ...uow, state: write.to, version: uow.version + 1 });
      journaled(model, write.id);
      return true;
    }
    case 'job-note': {
      const job = model.jobs.get(write.timeperiod) ?? { state: 'EMBRYO', version: 0 };
      model.jobs.set(write.timeperiod, { ...job, failures: write.failures });
      return true;
    }
    case 'record': {
      const { entryName, version } = write.record as FreerunEntryRecord;
      if ((model.entries.get(entryName) ?? 0) !== version - 1) return false;
      model.entries.set(entryName, version);
      journaled(model, entryKeyText(processName, entryName));
      return true;
    }
    case 'uow-note':
      return true;
  }
};

/** The same state, read from the store. */
const check = async (model: Model, { store }: Real): Promise<void> => {
  for (const [timeperiod, job] of model.jobs) {
    const record = await store.job({ processName, timeperiod });
    assert.ok(record);
    assert.deepEqual({ state: record.state, version: record.version, failures: record.failures }, job);
  }
  const records = await store.uows([...model.uows.keys()]);
  const uows = records.map(({ id, state, version, attempt, token }) => [
    id,
    { state, version, attempt, token },
  ]);
  assert.deepEqual(uows, [...model.uows]);
  const entries = await store.collection(freerunSpec).list();
  assert.deepEqual(
    entries.map(({ entryName, version }) => [entryName, version]),
    [...model.entries].sort(([a], [b]) => a.localeCompare(b)),
  );
  const rows = await store.journal({ after: 0, limit: 10_000 });
  const journal = new Map<string, number>();
  for (const { entityId, version } of rows) {
    assert.equal(version, (journal.get(entityId) ?? 0) + 1, `versions of ${entityId} are not consecutive`);
    journal.set(entityId, version);
  }
  assert.deepEqual(
    [...journal].sort(([a], [b]) => a.localeCompare(b)),
    [...model.journal].sort(([a], [b]) => a.localeCompare(b)),
  );
  assert.equal((await store.rejectedReports(10_000)).length, model.rejected);
};

type Command = fc.AsyncCommand<Model, Real>;

const commit = (groups: readonly (readonly Write[])[]): Command => ({
  check: () => true,
  run: async (model, real) => {
    const expected = groups.map((writes) => {
      const attempt = copy(model);
      if (!writes.every((write) => applyWrite(attempt, write))) return 'conflict';
      Object.assign(model, attempt);
      return 'applied';
    });
    const outcomes = await real.store.commit(groups.map((writes) => ({ cause, writes })));
    assert.deepEqual(outcomes, expected);
    await check(model, real);
  },
  toString: () => `commit(${JSON.stringify(groups)})`,
});

const claim = (ids: readonly string[]): Command => ({
  check: () => true,
  run: async (model, real) => {
    const expected = [...new Set(ids)].filter((id) => model.uows.get(id)?.state === 'REQUESTED');
    const won = await real.store.claim(ids, { owner: 'w', expiresAt: 9, now: 1 });
    assert.deepEqual(
      won.map(({ id }) => id),
      expected,
    );
    for (const { id, token } of won) {
      const uow = model.uows.get(id);
      assert.ok(uow && token !== uow.token);
      model.uows.set(id, { state: 'IN_PROGRESS', version: uow.version + 1, attempt: uow.attempt + 1, token });
      journaled(model, id);
    }
    await check(model, real);
  },
  toString: () => `claim(${ids.join(', ')})`,
});

const ends = {
  complete: 'PROCESSED',
  empty: 'NOOP',
  fail: 'INVALID',
  cancel: 'CANCELED',
  repost: 'REQUESTED',
} as const;

/** `lag`: how many attempts ago the worker got its token. */
const report = (id: string, event: Report['event'], lag: number): Command => ({
  check: () => true,
  run: async (model, real) => {
    const uow = model.uows.get(id);
    const answer = { event, processed: 0, aggregated: 0, error: null, retryAt: null };
    const attempt = (uow?.attempt ?? 1) - lag;
    const token = lag === 0 ? (uow?.token ?? 'none') : 'old';
    const applied = uow?.state === 'IN_PROGRESS' && uow.token !== null && lag === 0;
    const outcomes = await real.store.report('w', [{ ...answer, id, attempt, token }], 2);
    assert.deepEqual(outcomes, [applied ? 'applied' : 'rejected']);
    if (applied) {
      model.uows.set(id, { ...uow, state: ends[event], version: uow.version + 1 });
      journaled(model, id);
    } else model.rejected++;
    await check(model, real);
  },
  toString: () => `report(${id}, ${event}, ${String(lag)})`,
});

const id = fc.constantFrom('u1', 'u2', 'u3');
const timeperiod = fc.constantFrom('2015060100', '2015060101');
const version = fc.nat({ max: 4 });
const failures = fc.nat({ max: 3 });

const entryWrite = fc
  .record({ entryName: fc.constantFrom('e1', 'e2'), version, on: fc.boolean() })
  .map(({ entryName, version: before, on }) => {
    const record = freerunEntry({ processName, entryName, version: before });
    return entryChange(before === 0 ? undefined : record, { ...record, on }, 'change');
  });

const write: fc.Arbitrary<Write> = fc.oneof(
  entryWrite,
  fc.record({
    kind: fc.constant('job' as const),
    processName: fc.constant(processName),
    timeperiod,
    from: fc.constantFrom(...jobStates),
    version,
    event: fc.constant('start' as const),
    to: fc.constantFrom(...jobStates.slice(1)),
    set: fc.record({ failures }, { requiredKeys: [] }),
  }),
  fc.record({ kind: fc.constant('uow-insert' as const), uow: id.map((each) => freshUow(each)) }),
  fc.record({
    kind: fc.constant('uow' as const),
    id,
    from: fc.constantFrom(...uowStates),
    version,
    event: fc.constant('repost' as const),
    to: fc.constantFrom(...uowStates),
    set: fc.constant({}),
  }),
  fc.record({
    kind: fc.constant('job-note' as const),
    processName: fc.constant(processName),
    timeperiod,
    failures,
  }),
);

/** Guesses at states and versions seldom fit: some writes are made to. */
const fitting = (seed: Write): Command => ({
  check: () => true,
  run: async (model, real) => {
    const { state: jobState, version: jobVersion } = (seed.kind === 'job' &&
      model.jobs.get(seed.timeperiod)) || {
      state: 'EMBRYO' as const,
      version: 0,
    };
    const uow = seed.kind === 'uow' ? model.uows.get(seed.id) : undefined;
    if (seed.kind === 'record') {
      const record = seed.record as FreerunEntryRecord;
      const known = model.entries.get(record.entryName);
      const before = known === undefined ? undefined : { ...record, on: true, version: known };
      await commit([[entryChange(before, record, 'change')]]).run(model, real);
      return;
    }
    const fit: Write =
      seed.kind === 'job'
        ? { ...seed, from: jobState, version: jobVersion }
        : seed.kind === 'uow' && uow !== undefined
          ? { ...seed, from: uow.state, version: uow.version }
          : seed;
    await commit([[fit]]).run(model, real);
  },
  toString: () => `fitting(${JSON.stringify(seed)})`,
});

/** Random sequences of changes, claims and reports have to end as they do in a plain model. */
export const storeModel = (name: string, open: () => Promise<StoreFixture>): void => {
  describe(`store against a model: ${name}`, () => {
    it('answers every sequence of changes, claims and reports alike', async function () {
      this.timeout(120_000);
      const commands = fc.commands(
        [
          write.map(fitting),
          fc
            .array(fc.array(write, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
            .map(commit),
          fc.array(fc.constantFrom('u1', 'u2', 'u3', 'u4'), { minLength: 1, maxLength: 4 }).map(claim),
          fc
            .tuple(id, fc.constantFrom(...(Object.keys(ends) as Report['event'][])), fc.nat({ max: 1 }))
            .map((parts) => report(...parts)),
        ],
        { maxCommands: 40, size: 'max' },
      );
      await fc.assert(
        fc.asyncProperty(commands, async (sequence) => {
          const { store, dispose } = await open();
          const model: Model = {
            jobs: new Map(),
            uows: new Map(),
            entries: new Map(),
            journal: new Map(),
            rejected: 0,
          };
          await fc.asyncModelRun(() => ({ model, real: { store } }), sequence);
          await dispose();
        }),
        { numRuns: 60 },
      );
    });
  });
};
