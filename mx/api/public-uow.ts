import type { UowRecord } from '../../domain/model/record.ts';
import { unitStandingOf } from '../../domain/timetable/standing.ts';

/**
 * A unit of work as it may be shown, with how it stands: RETRYING or QUARANTINED tell INVALID apart. Who holds the token
 * may report on the unit, so it never leaves the scheduler.
 */
export const publicUow = (uow: UowRecord) => ({
  ...uow,
  standing: unitStandingOf(uow),
  token: null,
});
