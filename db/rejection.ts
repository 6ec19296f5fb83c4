import type { UowRecord } from '../domain/model/record.ts';
import type { Report } from '../domain/model/report.ts';

/** The newest rejected reports on one unit that are kept: a worker that repeats itself fills no store. */
export const KEPT_REJECTED = 20;

/** Why a report on a unit, or on none, is not of its holder. */
export const rejectionReason = (
  { attempt }: Report,
  uow: Pick<UowRecord, 'state' | 'attempt'> | undefined,
): string => {
  if (uow === undefined) return 'there is no such unit of work';
  if (uow.attempt !== attempt) return `attempt ${attempt} was replaced by attempt ${uow.attempt}`;
  return uow.state === 'IN_PROGRESS'
    ? 'its token is not the one of this attempt'
    : `the unit is ${uow.state} already`;
};
