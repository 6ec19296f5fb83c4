import assert from 'node:assert/strict';
import type { Store, WriteGroup } from '../../db/store.ts';
import type { Report } from '../../domain/model/report.ts';
import type { MovableStore } from '../../db/transfer.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { jobStart, uowInsert } from '../support/records.ts';

const cause = { actor: 'scheduler', reason: null, at: 5000, epoch: 3 };
const processName = 'SiteHourly';

export const group = (...writes: WriteGroup['writes']): WriteGroup => ({ cause, writes });

/** The job of a timeperiod begins, with its unit of work. */
export const start = (timeperiod: string): WriteGroup => {
  const unit = `${processName}/${timeperiod}#1`;
  return group(
    jobStart(timeperiod, { set: { relatedUow: unit, uowCount: 1 } }),
    uowInsert(unit, { timeperiod }),
  );
};

export const unitOf = (timeperiod: string): string => `${processName}/${timeperiod}#1`;

const complete = (timeperiod: string): WriteGroup =>
  group(jobStart(timeperiod, { from: 'IN_PROGRESS', version: 1, event: 'complete', to: 'PROCESSED' }));

const toReport = ({ id, attempt, token }: UowRecord): Report => ({
  id,
  attempt,
  token: token ?? '',
  event: 'complete',
  processed: 1,
  aggregated: 1,
  error: null,
  retryAt: null,
});

/** What schedulers and workers do with some jobs, from their start to their end; each step is to be taken once. */
export const live = async (store: Store, timeperiods: readonly string[]): Promise<void> => {
  const all = (outcome: string): string[] => timeperiods.map(() => outcome);
  assert.deepEqual(await store.commit(timeperiods.map(start)), all('applied'));
  const claim = { owner: 'box/w1', expiresAt: 20_000, now: 5000 };
  const units = await store.claim(timeperiods.map(unitOf), claim);
  assert.equal(units.length, timeperiods.length);
  assert.deepEqual(await store.report('box/w1', units.map(toReport), 6000), all('applied'));
  assert.deepEqual(await store.commit(timeperiods.map(complete)), all('applied'));
};

interface Head {
  readonly version: number;
  readonly state: string;
}

/** Rows of each entity follow each other without a gap, and end where its record is. Returns how many there are. */
export const checkJournal = async (store: Store): Promise<number> => {
  const rows = await store.journal({ after: 0, limit: 1_000_000 });
  const heads = new Map<string, Head>();
  for (const { entityId, version, from, to } of rows) {
    const before = heads.get(entityId);
    assert.equal(version, (before?.version ?? 0) + 1, `${entityId} goes to version ${String(version)}`);
    if (before !== undefined) assert.equal(from, before.state);
    heads.set(entityId, { version, state: to });
  }
  const recorded = new Map<string, Head>();
  for await (const page of store.loadJobs()) {
    page.timeperiods.forEach((timeperiod, index) => {
      const { versions, states } = page;
      const head = { version: versions[index] ?? 0, state: states[index] ?? '' };
      recorded.set(`${page.processName}/${timeperiod}`, head);
    });
  }
  for (const { id, version, state } of await store.findUows({})) recorded.set(id, { version, state });
  const sorted = (all: ReadonlyMap<string, Head>) => [...all].sort(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(sorted(recorded), sorted(heads));
  return rows.length;
};

/** Jobs that lived are whole: every change once, in order, and in the journal. */
export const checkLives = async (store: MovableStore, timeperiods: readonly string[]): Promise<void> => {
  assert.ok((await checkJournal(store)) >= 5 * timeperiods.length);
  const jobs = await Promise.all(timeperiods.map((timeperiod) => store.job({ processName, timeperiod })));
  assert.ok(jobs.every((job) => job?.state === 'PROCESSED' && job.version === 2));
  const units = await store.uows(timeperiods.map(unitOf));
  assert.equal(units.length, timeperiods.length);
  assert.ok(units.every((unit) => unit.state === 'PROCESSED' && unit.version === 3 && unit.attempt === 1));
  assert.deepEqual(await store.rejectedReports(10), []);
};
