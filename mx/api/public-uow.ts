import type { UowRecord } from '../../domain/model/record.ts';
import { unitStandingOf } from '../../domain/timetable/standing.ts';
import type { UnitStanding } from '../../domain/timetable/standing.ts';

/** A unit of work for the outside, with how it stands: RETRYING or QUARANTINED tell INVALID apart. */
export interface PublicUow extends UowRecord {
  readonly standing: UnitStanding;
}

/** A unit of work as it may be shown: who holds the token may report on the unit, so it never leaves the scheduler. */
export const publicUow = (uow: UowRecord): PublicUow => ({
  ...uow,
  standing: unitStandingOf(uow),
  token: null,
});
