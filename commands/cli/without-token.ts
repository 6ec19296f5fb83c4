import type { UowRecord } from '../../domain/model/record.ts';

/** A unit of work to be printed: with the token any caller may report on it. */
export const withoutToken = (uow: UowRecord): UowRecord => ({ ...uow, token: null });
