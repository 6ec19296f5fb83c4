import { formatDuration } from '../../domain/time/duration.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { isRetrying } from '../../domain/timetable/standing.ts';
import { actorText } from './actor-text.ts';
import { countText } from './number-text.ts';
import { jobPath, unitPath } from './link.ts';
import { unitLook } from './state-look.ts';
import type { StateLook } from './state-look.ts';
import { clockText, distanceText } from './time-text.ts';
import type { TimeText } from './time-text.ts';

/** A unit of work as a row of a table. */
export interface UnitLine {
  readonly id: string;
  readonly href: string;
  /** Path of its job; undefined for freerun. */
  readonly job: string | undefined;
  readonly sequence: number;
  readonly look: StateLook;
  readonly attempt: number;
  readonly created: TimeText;
  readonly duration: string;
  readonly processed: string;
  readonly worker: string | undefined;
  /** Why it failed or was canceled. */
  readonly error: string | undefined;
  /** Why the attempt before failed, while another one waits or is under way. */
  readonly lastError: string | undefined;
  readonly retry: TimeText | undefined;
  readonly progress: { readonly done: number; readonly total: number; readonly text: string } | undefined;
  readonly finished: boolean;
}

/** How long it ran, or runs since; empty before it was claimed. */
const durationText = ({ startedAt, finishedAt, state }: UowRecord, now: number): string => {
  if (startedAt === null || state === 'REQUESTED') return '';
  return formatDuration(Math.max(0, (finishedAt ?? now) - startedAt));
};

const progressOf = ({ progress, state }: UowRecord): UnitLine['progress'] =>
  progress === null || state !== 'IN_PROGRESS'
    ? undefined
    : { ...progress, text: `${countText(progress.done)} of ${countText(progress.total)}` };

/** A record keeps the error of its last attempt until the next one ends: by then it is history. */
const errorOf = ({ error, state }: UowRecord): Pick<UnitLine, 'error' | 'lastError'> => {
  const isPast = state === 'REQUESTED' || state === 'IN_PROGRESS';
  const text = error ?? undefined;
  return isPast ? { error: undefined, lastError: text } : { error: text, lastError: undefined };
};

export const unitLine = (uow: UowRecord, now: number): UnitLine => ({
  id: uow.id,
  href: unitPath(uow.id),
  job: uow.kind === 'managed' ? jobPath(uow) : undefined,
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
