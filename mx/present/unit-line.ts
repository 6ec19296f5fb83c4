import { formatDuration } from '../../domain/time/duration.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { isRetrying } from '../../domain/timetable/standing.ts';
import { actorText } from './actor-text.ts';
import { countText } from './number-text.ts';
import { unitPath } from './link.ts';
import { unitLook } from './state-look.ts';
import { clockText, distanceText } from './time-text.ts';

/** How long it ran, or runs since; empty before it was claimed. */
const durationText = ({ startedAt, finishedAt, state }: UowRecord, now: number): string => {
  if (startedAt === null || state === 'REQUESTED') return '';
  return formatDuration(Math.max(0, (finishedAt ?? now) - startedAt));
};

const progressOf = ({ progress, state }: UowRecord) =>
  progress === null || state !== 'IN_PROGRESS'
    ? undefined
    : { ...progress, text: `${countText(progress.done)} of ${countText(progress.total)}` };

/**
 * `error`: why it failed or was canceled; `lastError`: why the attempt before failed, while another one waits or is
 * under way. A record keeps the error of its last attempt until the next one ends: by then it is history.
 */
const errorOf = ({ error, state }: UowRecord) => {
  const isPast = state === 'REQUESTED' || state === 'IN_PROGRESS';
  const text = error ?? undefined;
  return isPast ? { error: undefined, lastError: text } : { error: text, lastError: undefined };
};

/** A unit of work as a row of a table. */
export const unitLine = (uow: UowRecord, now: number) => ({
  id: uow.id,
  href: unitPath(uow.id),
  sequence: uow.sequence,
  look: unitLook(uow),
  attempt: uow.attempt,
  created: clockText(uow.createdAt),
  duration: durationText(uow, now),
  processed: countText(uow.processed),
  worker: uow.lease === null ? undefined : actorText(uow.lease.owner),
  ...errorOf(uow),
  retry: isRetrying(uow) ? distanceText(uow.retryAt, now) : undefined,
  progress: progressOf(uow),
  finished: isUowFinished(uow.state),
});
