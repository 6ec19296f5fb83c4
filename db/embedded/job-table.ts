import type { JobRecord } from '../../domain/model/record.ts';
import { recordTable } from './record-table.ts';
import type { FieldKind } from './record-table.ts';

export const jobFields: Readonly<Record<keyof JobRecord, FieldKind>> = {
  processName: 'plain',
  timeperiod: 'plain',
  state: 'plain',
  version: 'plain',
  relatedUow: 'plain',
  uowCount: 'plain',
  failures: 'plain',
  redo: 'flag',
  consumed: 'json',
};
export const jobTable = recordTable<JobRecord>('job', jobFields);
