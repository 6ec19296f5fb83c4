import { z } from 'zod';
import { attemptsOf } from '../../domain/event/attempt.ts';
import { messageIdOf } from '../../domain/event/envelope.ts';
import { executionOf, expiresAt } from '../../domain/event/execution.ts';
import type { Execution, ExecutionOccasion } from '../../domain/event/execution.ts';
import { SynergyError } from '../../domain/errors.ts';
import { triggerEntry } from '../../domain/event/trigger.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { LogRecord, TransitionRecord, UowRecord } from '../../domain/model/record.ts';
import { formatDuration } from '../../domain/time/duration.ts';
import type { TriggerView } from '../../scheduler/api/trigger-view.ts';
import { executionLine } from '../present/event/execution-line.ts';
import { actionPath, executionPath, triggerPath, unitPath } from '../present/link.ts';
import { clockText } from '../present/time-text.ts';
import { definePage } from './page.ts';
import { testedPath } from './send-test.ts';

/** Lines of its log that are read: each attempt writes few. */
const LINES = 1_000;
const TRANSITIONS = 200;
const POLL = 2;

/** When its first attempt began, ms. */
const begunAt = ({ startedAt }: UowRecord, transitions: readonly TransitionRecord[]): number | undefined =>
  transitions
    .filter(({ to }) => to === 'IN_PROGRESS')
    .map(({ at }) => at)
    .sort((a, b) => a - b)[0] ??
  startedAt ??
  undefined;

/** In one sentence why it is as it is. */
const why = ({ state, error, retryAt, attempt }: UowRecord, late: number | undefined): string => {
  const told = error === null ? '' : `: ${error}`;
  switch (state) {
    case 'REQUESTED':
      return 'It is planned, and waits for a worker.';
    case 'IN_PROGRESS':
      return 'A worker is sending it.';
    case 'PROCESSED':
      return `Its target has taken it${attempt > 1 ? `, at attempt ${attempt}` : ''}${late === undefined ? '' : `; it began ${formatDuration(late)} after its planned instant`}.`;
    case 'NOOP':
      return `It expired, and nothing was sent${told}.`;
    case 'CANCELED':
      return `It failed${told}.`;
    case 'INVALID':
      return retryAt === null
        ? `Its worker died again and again${told}. It waits for a person to release or to cancel it.`
        : `Attempt ${attempt} failed${told}.`;
  }
};

const occasionTexts: Readonly<Record<ExecutionOccasion, string>> = {
  schedule: 'its schedule',
  hand: 'by hand',
  test: 'a test',
};

/** What was read for the page; the trigger is undefined once it was deleted. */
export interface ExecutionData {
  readonly uow: UowRecord;
  readonly execution: Execution;
  readonly trigger: TriggerView | undefined;
  readonly log: readonly LogRecord[];
  readonly transitions: readonly TransitionRecord[];
}

/** One delivery of an event trigger: its instants, its attempts and its end. `now` in ms. Pure. */
export const present = ({ uow, execution, trigger, log, transitions }: ExecutionData, now: number) => {
  const begun = begunAt(uow, transitions);
  const late = begun === undefined ? undefined : Math.max(0, begun - execution.due);
  const isOver = isUowFinished(uow.state);
  const { at, due, first, occasion } = execution;
  const instant = (ms: number | undefined): string => (ms === undefined ? '' : clockText(ms).full);
  return {
    poll: isOver ? undefined : POLL,
    id: uow.id,
    line: executionLine(uow, now),
    trigger: {
      name: trigger?.name ?? triggerEntry(execution.trigger),
      href: trigger && triggerPath(trigger),
    },
    why: why(uow, late),
    isBad: uow.error !== null && uow.state !== 'PROCESSED',
    facts: [
      { label: 'Planned', value: instant(at) },
      { label: 'Asked for', value: due === at ? '' : instant(due) },
      { label: 'Occasion', value: occasionTexts[occasion] },
      { label: 'Begun', value: instant(begun) },
      { label: 'Late', value: late === undefined ? '' : formatDuration(late) },
      {
        label: 'May begin until',
        value: trigger === undefined ? '' : instant(expiresAt(execution, trigger)),
      },
      { label: 'Ended', value: isOver ? instant(uow.finishedAt ?? undefined) : '' },
      { label: 'Message', value: messageIdOf(first, at) },
    ].filter(({ value }) => value !== ''),
    first: first === uow.id ? undefined : executionPath(first),
    attempts: attemptsOf(log).map((attempt) => ({ ...attempt, at: clockText(attempt.at) })),
    resend:
      isOver && occasion !== 'test' && trigger !== undefined
        ? actionPath('resend-execution', { uowId: uow.id })
        : undefined,
    cancel: isOver ? undefined : actionPath('cancel-uow', { uowId: uow.id }),
    release: uow.state === 'INVALID' ? actionPath('release-uow', { uowId: uow.id }) : undefined,
    unitHref: unitPath(uow.id),
  };
};

export const executionPage = definePage({
  path: '/executions/:id',
  available: ({ hasTriggers = false }) => hasTriggers,
  params: z.strictObject({ id: z.string() }),
  query: z.strictObject({ as: z.literal('test').optional() }),
  open: async ({ api, clock }, { id, as }) => {
    const uow = await api.uow(id);
    const execution = executionOf(uow);
    if (execution === undefined)
      throw new SynergyError(
        'NOT_FOUND',
        `${id} is no execution of an event trigger: see the page of the unit of work`,
      );
    const gone = (error: unknown): undefined => {
      if (error instanceof SynergyError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    };
    const [trigger, log, transitions] = await Promise.all([
      api.trigger(execution.trigger).catch(gone),
      api.log(id, 0, LINES),
      api.journal({ entityId: id, limit: TRANSITIONS }),
    ]);
    const model = present({ uow, execution, trigger, log, transitions }, clock.now());
    if (as === 'test') {
      const href = isUowFinished(uow.state) ? undefined : testedPath(id);
      return { view: 'sent-test', title: 'Test', model: { ...model, href }, dialog: true, still: true };
    }
    return { view: 'execution', title: `Execution of ${model.trigger.name}`, model };
  },
});
