import { executionOf, executionState } from '../../../domain/event/execution.ts';
import type { ExecutionOccasion, ExecutionState } from '../../../domain/event/execution.ts';
import { isUowFinished } from '../../../domain/machine/transition.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import { isRetrying } from '../../../domain/timetable/standing.ts';
import { formatDuration } from '../../../domain/time/duration.ts';
import { executionPath } from '../link.ts';
import type { StateLook } from '../state-look.ts';
import { clockText, distanceText } from '../time-text.ts';

const looks: Readonly<Record<ExecutionState, StateLook>> = {
  planned: { glyph: 'requested', label: 'Planned', meaning: 'waits for a worker' },
  delivering: { glyph: 'in-progress', label: 'Delivering', meaning: 'a worker sends it' },
  retrying: { glyph: 'final-run', label: 'Retrying', meaning: 'failed, and is tried again' },
  success: { glyph: 'processed', label: 'Delivered', meaning: 'the target has taken it' },
  expired: { glyph: 'skipped', label: 'Expired', meaning: 'could not begin in time, and was not sent' },
  failed: { glyph: 'invalid', label: 'Failed', meaning: 'was not taken, and is not tried again' },
  quarantined: { glyph: 'quarantined', label: 'Quarantined', meaning: 'its worker died again and again' },
};

/** What is said of one that its schedule did not ask for. */
const occasionTags: Readonly<Record<ExecutionOccasion, string | undefined>> = {
  schedule: undefined,
  hand: 'by hand',
  test: 'test',
};

/** Look of an execution of an event trigger. */
export const executionLook = (uow: Pick<UowRecord, 'state' | 'retryAt'>): StateLook =>
  looks[executionState(uow)];

/** The look of every outcome, for the legend. */
export const executionLegend: readonly StateLook[] = Object.values(looks);

/** How long after its due instant the latest attempt began, ms; undefined while none has. */
export const latenessOf = (uow: UowRecord): number | undefined => {
  const due = executionOf(uow)?.due;
  const { startedAt, state } = uow;
  return due === undefined || startedAt === null || state === 'REQUESTED' || state === 'NOOP'
    ? undefined
    : Math.max(0, startedAt - due);
};

const takenFor = ({ startedAt, finishedAt, state }: UowRecord): string =>
  startedAt === null || finishedAt === null || !isUowFinished(state)
    ? ''
    : formatDuration(Math.max(0, finishedAt - startedAt));

/** An execution of an event trigger as a row of a table; the instants are those of `now`'s clock, ms. */
export const executionLine = (uow: UowRecord, now: number) => {
  const execution = executionOf(uow);
  const [isOver, late] = [isUowFinished(uow.state), latenessOf(uow)];
  return {
    id: uow.id,
    href: executionPath(uow.id),
    look: executionLook(uow),
    planned: execution === undefined ? undefined : clockText(execution.at),
    occasion: occasionTags[execution?.occasion ?? 'schedule'],
    attempt: uow.attempt,
    /** Of its latest attempt. */
    late: late === undefined ? '' : formatDuration(late),
    took: takenFor(uow),
    error: isOver || uow.state === 'INVALID' ? (uow.error ?? undefined) : undefined,
    retry: isRetrying(uow) ? distanceText(uow.retryAt, now) : undefined,
    ended: uow.finishedAt === null || !isOver ? undefined : distanceText(uow.finishedAt, now),
  };
};
