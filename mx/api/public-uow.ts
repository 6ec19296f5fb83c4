import type { UowRecord } from '../../domain/model/record.ts';

/** A unit of work as it may be shown: who holds the token may report on the unit, so it never leaves the scheduler. */
export const publicUow = (uow: UowRecord): UowRecord => ({ ...uow, token: null });
