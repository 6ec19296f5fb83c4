import { jobKeyText, jobUowId } from '../../model/entity.ts';
import type { JobKey, JobRecord } from '../../model/record.ts';
import { NEWEST_ROWS } from '../../retention/journal.ts';
import { report } from '../state.ts';
import type { CheckState, Check } from '../state.ts';

const unitsOf = (key: JobKey, count: number): string[] =>
  Array.from({ length: count }, (_, i) => jobUowId(key, i + 1));

/** 23: the unit that a job names is there, and all that it had but those that retention has on record. */
export const createKeptCheck = (checked: CheckState): Check => {
  const isThere = (unit: string): boolean => checked.heads.get(unit)?.recorded !== undefined;
  const expired = new Map<string, number>();
  /** How many units a job has, beside the first one: few have more. */
  const further = new Map<string, number>();
  const checkNamed = (entity: string, unit: string | null): void => {
    if (unit === null || isThere(unit)) return;
    report(checked, 23, { entity, expected: `unit ${unit}, which it names`, found: 'none', about: [unit] });
  };
  const checkCount = (job: JobRecord, entity: string): void => {
    const { uowCount } = job;
    const gone = expired.get(entity) ?? 0;
    const first = uowCount > 0 && isThere(jobUowId(job, 1)) ? 1 : 0;
    const found = first + (further.get(entity) ?? 0);
    if (found === uowCount - gone) return;
    report(checked, 23, {
      entity,
      expected: `${uowCount - gone} units of work: it had ${uowCount}, of which retention deleted ${gone}`,
      found: String(found),
      about: unitsOf(job, uowCount),
    });
  };
  return {
    expired_job: (row) => void expired.set(jobKeyText(row), row.uows),
    unit_of_work: ({ kind, sequence, ...key }) => {
      if (kind === 'freerun' || sequence === 1) return;
      const job = jobKeyText(key);
      further.set(job, (further.get(job) ?? 0) + 1);
    },
    job: (job, _, entity) => {
      checkNamed(entity, job.relatedUow);
      checkCount(job, entity);
    },
  };
};

/** 23: the newest rows of each journal that retention cut are there. */
export const createNewestRowsCheck = (checked: CheckState): Check => {
  /** Up to which version which journals were cut. */
  const cuts = new Map<string, number>();
  return {
    // Of an entry that was removed all may go that came before.
    expired_journal: ({ entity, version, state }) => {
      if (state !== 'REMOVED') cuts.set(entity, version);
    },
    close: () => {
      for (const [entity, cut] of cuts) {
        const version = checked.heads.get(entity)?.version ?? 0;
        if (version - cut >= NEWEST_ROWS) continue;
        const expected = `the newest ${NEWEST_ROWS} rows of its journal, which is at version ${version}`;
        report(checked, 23, { entity, expected, found: `all up to version ${cut} deleted` });
      }
    },
  };
};
