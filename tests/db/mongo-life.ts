import assert from 'node:assert/strict';
import { checkLedger } from '../../commands/check-ledger.ts';
import type { Report, Store, WriteGroup } from '../../db/store.ts';
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

/** Jobs that lived are whole: every change once, in order, and in the journal. */
export const checkLives = async (store: Store, timeperiods: readonly string[]): Promise<void> => {
  const { counts, violations } = await checkLedger(store);
  assert.deepEqual(violations, []);
  const jobs = await Promise.all(timeperiods.map((timeperiod) => store.job({ processName, timeperiod })));
  assert.ok(jobs.every((job) => job?.state === 'PROCESSED' && job.version === 2));
  const units = await store.uows(timeperiods.map(unitOf));
  assert.equal(units.length, timeperiods.length);
  assert.ok(units.every((unit) => unit.state === 'PROCESSED' && unit.version === 3 && unit.attempt === 1));
  assert.deepEqual(await store.rejectedReports(10), []);
  assert.ok(counts.transitions >= 5 * timeperiods.length);
};
