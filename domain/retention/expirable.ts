import { isUowFinished } from '../machine/transition.ts';
import type { UowRecord } from '../model/record.ts';

/** What keeps a unit of work that has ended. */
export interface Keeping {
  /** Instant, ms: what ended then or later is young. */
  readonly before: number;
  /** Ids of the newest units, and of the one that an entry or a job names: they stay whatever their age. */
  readonly stay: ReadonlySet<string>;
}

export type AgedUow = Pick<UowRecord, 'id' | 'version' | 'state' | 'createdAt' | 'finishedAt'>;

/** Instant, ms, at which a finished unit ended. */
export const endOf = ({ finishedAt, createdAt }: AgedUow): number => finishedAt ?? createdAt;

/** Whether a unit may go. One that is unfinished never may, be it held by a worker, retried or quarantined. */
export const mayExpire = (uow: AgedUow, { before, stay }: Keeping): boolean =>
  isUowFinished(uow.state) && endOf(uow) < before && !stay.has(uow.id);

/** Whether units made after this one are too young to go: none ends before it was made. */
export const isYoung = ({ createdAt }: AgedUow, before: number): boolean => createdAt >= before;
