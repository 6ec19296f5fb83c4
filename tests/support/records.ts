import type { JobChange, UowInsert } from '../../db/store.ts';
import { freshEntry, freshUow as requested } from '../../domain/model/entity.ts';
import type { FreerunEntryRecord, UowRecord } from '../../domain/model/record.ts';

/** A unit of work as it is inserted. */
export const freshUow = (id: string, extra: Partial<UowRecord> = {}): UowRecord => ({
  id,
  kind: 'managed',
  processName: 'SiteHourly',
  entryName: null,
  timeperiod: '2015060100',
  sequence: 1,
  startTimeperiod: '2015060100',
  endTimeperiod: '2015060101',
  startId: null,
  endId: null,
  source: null,
  sink: null,
  arguments: {},
  createdAt: 1000,
  submittedAt: 1000,
  notBefore: null,
  ...requested,
  ...extra,
});

export const uowInsert = (id: string, extra: Partial<UowRecord> = {}): UowInsert => ({
  kind: 'uow-insert',
  uow: freshUow(id, extra),
});

/** The first change of a job: it is started. */
export const jobStart = (timeperiod: string, extra: Partial<JobChange> = {}): JobChange => ({
  kind: 'job',
  processName: 'SiteHourly',
  timeperiod,
  from: 'EMBRYO',
  version: 0,
  event: 'start',
  to: 'IN_PROGRESS',
  set: {},
  ...extra,
});

/** A freerun entry that fires every hour and never did. */
export const freerunEntry = (extra: Partial<FreerunEntryRecord> = {}): FreerunEntryRecord => ({
  processName: 'Report',
  entryName: 'weekly',
  trigger: 'every 1h',
  arguments: { to: 'all' },
  on: true,
  overlap: 'skip',
  missed: 'last',
  description: '',
  origin: 'user',
  ...freshEntry,
  createdAt: 1,
  updatedAt: 2,
  ...extra,
});

/** What a command is about, as a command of an earlier version does not say it. */
export const noSubject = { processName: null, belongsTo: null, entity: null } as const;
