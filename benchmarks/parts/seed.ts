import { join } from 'node:path';
import { jobTable } from '../../db/embedded/job-table.ts';
import { insertUow, insertValues } from '../../db/embedded/uow-table.ts';
import { jobUowId, freshUow } from '../../domain/model/entity.ts';
import type { JobRecord, UowRecord } from '../../domain/model/record.ts';
import type { Level } from '../../domain/timetable/level.ts';
import { buildTimetable } from '../../domain/timetable/timetable.ts';
import { openDatabase } from '../../sqlite/open.ts';
import { prepare } from '../../sqlite/statement.ts';
import { OPEN_HOURS } from '../support/store.ts';
import { AS_OF, HOUR } from '../support/synergy.ts';
import { treesContext } from '../support/trees.ts';

// Fills an empty store: every period is PROCESSED, but for the last hours and what waits for them. Of these hours the
// last was never looked at, and the others are with a worker. Arguments: data folder, start of the trees (ms).

const [dataDir = '', start] = process.argv.slice(2);
const OPEN_FROM = AS_OF - (AS_OF % HOUR) - OPEN_HOURS * HOUR;
const LAST_HOUR = AS_OF - (AS_OF % HOUR) - HOUR;

type Filled = Pick<JobRecord, 'state'> & { readonly unit: UowRecord['state'] };

/** What a period is in this store; undefined for one without a record. */
const fillingOf = (level: Level, index: number): Filled | undefined => {
  if (level.startAt(index + 1) <= OPEN_FROM) return { state: 'PROCESSED', unit: 'PROCESSED' };
  const requested = level.child === undefined && level.startAt(index) < LAST_HOUR;
  return requested ? { state: 'IN_PROGRESS', unit: 'REQUESTED' } : undefined;
};

const recordsOf = (level: Level, index: number, filled: Filled): { job: JobRecord; uow: UowRecord } => {
  const processName = level.process.name;
  const timeperiod = level.timeperiod(index);
  const id = jobUowId({ processName, timeperiod }, 1);
  const at = level.startAt(index + 1);
  const isDone = filled.unit === 'PROCESSED';
  const uow: UowRecord = {
    ...freshUow,
    id,
    kind: 'managed',
    processName,
    entryName: null,
    timeperiod,
    sequence: 1,
    startTimeperiod: timeperiod,
    endTimeperiod: level.timeperiod(index + 1),
    startId: null,
    endId: null,
    source: null,
    sink: null,
    arguments: {},
    createdAt: at,
    submittedAt: Date.now(),
    notBefore: null,
    state: filled.unit,
    ...(isDone ? { version: 3, attempt: 1, startedAt: at, finishedAt: at } : {}),
  };
  const job: JobRecord = {
    processName,
    timeperiod,
    state: filled.state,
    version: isDone ? 2 : 1,
    relatedUow: id,
    uowCount: 1,
    failures: 0,
    redo: false,
    consumed: null,
  };
  return { job, uow };
};

const database = await openDatabase(join(dataDir, 'synergy.db'), 0);
const insertJob = prepare(database, jobTable.insert);
const insertUnit = prepare(database, insertUow);
const { levels } = buildTimetable(treesContext(), { start: Number(start), now: AS_OF });

let jobs = 0;
database.exec('BEGIN');
for (const level of levels.values()) {
  for (let index = 0; index < level.size; index++) {
    const filled = fillingOf(level, index);
    if (filled === undefined) continue;
    const { job, uow } = recordsOf(level, index, filled);
    insertJob.run(...jobTable.values(job));
    insertUnit.run(...insertValues(uow, 0));
    jobs++;
  }
}
database.exec('COMMIT');
database.close();
process.send?.(jobs);
