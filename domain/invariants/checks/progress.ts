import type { UowRecord } from '../../model/record.ts';
import { isUowFinished } from '../../machine/transition.ts';
import { FIRING_LEAD } from '../../freerun/lead.ts';
import { longestPause, rungAt } from '../../strategy/rescue.ts';
import { leave, report } from '../state.ts';
import type { CheckState, Check } from '../state.ts';
import type { CheckLimits } from '../evidence.ts';
import { createProcessSwitches } from '../process-switches.ts';

/** What is to happen to a unit next, and when, ms; undefined when nothing is due. */
const dueOf = (uow: UowRecord, limits: CheckLimits): { what: string; at: number } | undefined => {
  switch (uow.state) {
    case 'REQUESTED':
      return {
        what: 'claimed or rung again',
        at: rungAt(uow) + longestPause(uow, limits.resubmitAfter),
      };
    case 'IN_PROGRESS':
      return { what: 'renewed or taken from its worker', at: uow.lease?.expiresAt ?? 0 };
    case 'INVALID':
      return uow.retryAt === null ? undefined : { what: 'reposted or given up', at: uow.retryAt };
    default:
      return undefined;
  }
};

interface Due {
  readonly entity: string;
  readonly what: string;
  readonly at: number;
  readonly found: string;
  readonly about?: readonly string[];
}

const instant = (ms: number): string => new Date(ms).toISOString();

/** Judges what is due by the time a scheduler has had for it. */
const createDeadline = (checked: CheckState, movingSince: number, recovery: number) => {
  const { now } = checked.evidence;
  return ({ entity, what, at, found, about = [] }: Due): void => {
    const deadline = Math.max(at, movingSince) + recovery;
    if (deadline >= now) return;
    report(checked, 13, { entity, expected: `to be ${what} by ${instant(deadline)}`, found, about });
  };
};

/** A unit says until when it waits, and none may be put off for long. */
const checkWait = (checked: CheckState, { id: entity, createdAt, notBefore }: UowRecord): void => {
  const ahead = (notBefore ?? createdAt) - createdAt;
  if (ahead <= FIRING_LEAD) return;
  const expected = `to begin ${FIRING_LEAD} ms after it was written at the latest`;
  report(checked, 13, { entity, expected, found: `not before ${ahead} ms after` });
};

/** 13: whatever is due moves within the bound of recovery, while a scheduler is at work. */
export const createProgressCheck = (checked: CheckState): Check => {
  const { context, limits, movingSince } = checked.evidence;
  if (context === undefined || limits === undefined || movingSince === undefined) {
    leave(
      checked,
      13,
      'what is due in time needs the context, the limits, and a scheduler at work since a known time',
    );
    return {};
  }
  const deadline = createDeadline(checked, movingSince, limits.recovery);
  const switches = createProcessSwitches(context);
  const finishedAt = new Map<string, number>();
  return {
    ...switches.check,
    unit_of_work: (uow) => {
      checkWait(checked, uow);
      // Units of finished jobs are many and never asked for again; those of FINAL_RUN jobs ended just now.
      if (isUowFinished(uow.state) && (uow.finishedAt ?? 0) + limits.recovery < checked.evidence.now)
        finishedAt.set(uow.id, uow.finishedAt ?? 0);
      const due = switches.isOn(uow.processName, uow.entryName) ? dueOf(uow, limits) : undefined;
      if (due !== undefined) deadline({ entity: uow.id, ...due, found: `${uow.state} since` });
    },
    job: ({ state, relatedUow }, _, entity) => {
      const at = state === 'FINAL_RUN' && relatedUow !== null ? finishedAt.get(relatedUow) : undefined;
      if (at === undefined || relatedUow === null) return;
      deadline({
        entity,
        what: 'finished',
        at,
        found: `FINAL_RUN, ${relatedUow} having ended`,
        about: [relatedUow],
      });
    },
    command: ({ id: entity, state, createdAt }) => {
      if (state === 'open')
        deadline({ entity, what: 'carried out or refused', at: createdAt, found: 'open' });
    },
  };
};
