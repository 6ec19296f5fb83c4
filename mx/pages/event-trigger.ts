import { z } from 'zod';
import { triggerEntry, EVENTS } from '../../domain/event/trigger.ts';
import { scheduleOf } from '../../domain/schedule/schedule.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import type { CommandRecord, UowRecord } from '../../domain/model/record.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { MissedPolicy } from '../../domain/model/process.ts';
import { explain } from '../../domain/schedule/explain.ts';
import { plural } from '../../domain/plural.ts';
import { shownHeaders } from '../../domain/event/target.ts';
import { writeDuration } from '../../domain/time/duration.ts';
import { uowId } from '../../scheduler/commands/command-table.ts';
import type { TriggerView } from '../../scheduler/api/trigger-view.ts';
import { actorText } from '../present/actor-text.ts';
import { commandLine } from '../present/command-line.ts';
import { executionLegend, executionLine } from '../present/event/execution-line.ts';
import { executionLane } from '../present/event/lane.ts';
import { actionPath, journalPath, triggerPath, withQuery } from '../present/link.ts';
import { pagerOf, readPage } from '../present/pager.ts';
import type { Turn, Turned } from '../present/pager.ts';
import { clockText, fireText } from '../present/time-text.ts';
import { triggerLinks, triggerLook } from '../present/event/trigger-line.ts';
import { definePage } from './page.ts';

/** Of the history, of the lane, and of the changes. */
const EXECUTIONS = 25;
const LANE = 200;
const COMMANDS = 10;
const DAY = 86_400_000;

const missedTexts: Readonly<Record<MissedPolicy, string>> = {
  all: 'each one that is still inside its epsilon is sent',
  last: 'the latest one is sent, inside its epsilon',
  none: 'they are left out',
};

const headerLines = ({ target: { headers } }: EventTrigger): string => shownHeaders(headers).join('\n');

const formats: Readonly<Record<EventTrigger['target']['format'], string>> = {
  plain: 'plain JSON',
  cloudevents: 'CloudEvents, structured',
  'cloudevents-binary': 'CloudEvents, binary',
};

const facts = (trigger: TriggerView) => {
  const { target, retry, missed, overlap, labels, epsilon, revision, createdAt, updatedAt } = trigger;
  const { attempts, delay, maxDelay } = retry;
  return [
    {
      label: 'Format',
      value: `${formats[target.format]}${target.eventType === null ? '' : `, type ${target.eventType}`}`,
    },
    { label: 'Epsilon', value: `${writeDuration(epsilon)}: so late a delivery may begin` },
    {
      label: 'Retry',
      value: `${attempts} attempts at most, after ${writeDuration(delay)} to ${writeDuration(maxDelay)}`,
    },
    { label: 'Time-out', value: `${writeDuration(target.timeout)} an attempt` },
    { label: 'Missed firings', value: missedTexts[missed] },
    {
      label: 'Overlap',
      value: overlap === 'skip' ? 'a firing is skipped while the one before is under way' : 'allowed',
    },
    {
      label: 'Labels',
      value: Object.entries(labels)
        .map((label) => label.join(': '))
        .join(', '),
    },
    { label: 'Signed', value: trigger.secret === null ? 'no' : `yes, by the secret ${trigger.secret}` },
    {
      label: 'Pauses itself',
      value:
        trigger.pauseAfter === null
          ? ''
          : `after ${plural(trigger.pauseAfter, 'execution')} in a row that failed`,
    },
    { label: 'After its end', value: trigger.deleteAfterEnd ? 'it is deleted' : '' },
    {
      label: 'From',
      value:
        trigger.origin === 'context'
          ? 'the context: what it says of it holds again when the scheduler starts'
          : '',
    },
    { label: 'Created', value: clockText(createdAt).full },
    { label: 'Changed', value: revision === 1 ? '' : `${clockText(updatedAt).full}, revision ${revision}` },
  ].filter(({ value }) => value !== '');
};

/** Outcomes by which the history is narrowed. */
const outcomes = {
  delivered: { label: 'Delivered', states: ['PROCESSED'] },
  failed: { label: 'Failed', states: ['CANCELED'] },
  expired: { label: 'Expired', states: ['NOOP'] },
  open: { label: 'Under way', states: ['REQUESTED', 'IN_PROGRESS', 'INVALID'] },
} as const satisfies Readonly<
  Record<string, { readonly label: string; readonly states: readonly UowState[] }>
>;
type Outcome = keyof typeof outcomes;
const outcomeNames = Object.keys(outcomes) as Outcome[];

/** Which part of the history is looked at; days as dates of UTC. */
interface HistoryFilter {
  readonly outcome?: Outcome | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What was read for the page. */
export interface TriggerData {
  readonly trigger: TriggerView;
  readonly executions: Turned<UowRecord>;
  /** The latest ones of all outcomes, newest first. */
  readonly latest: readonly UowRecord[];
  readonly commands: readonly CommandRecord[];
  /** By which it was paused, if it is and the command is kept. */
  readonly pause?: CommandRecord | undefined;
}

const tabsOf = (path: string, { outcome, from, to }: HistoryFilter) =>
  [undefined, ...outcomeNames].map((each) => ({
    label: each === undefined ? 'All' : outcomes[each].label,
    href: withQuery(path, { outcome: each, from, to }),
    isHere: each === outcome,
  }));

/** Link to the sending again of what was lost since the day that is looked at; undefined where nothing was. */
const resendOf = (
  { owner, id }: TriggerView,
  latest: readonly UowRecord[],
  { outcome, from }: HistoryFilter,
): { readonly href: string; readonly since: string | undefined } | undefined => {
  if (!latest.some(({ state }) => state === 'CANCELED' || state === 'NOOP')) return undefined;
  const of = outcome === 'failed' || outcome === 'expired' ? { outcome } : {};
  const since = String(from === undefined ? 0 : Date.parse(from));
  return { href: actionPath('resend-executions', { owner, triggerId: id, from: since, ...of }), since: from };
};

/** Who paused it, when and why. */
const pauseOf = ({ on, note }: TriggerView, pause: CommandRecord | undefined) => {
  if (on) return undefined;
  const isTold = pause !== undefined && (pause.arguments['note'] ?? null) === note;
  return {
    note: note ?? undefined,
    actor: isTold ? actorText(pause.actor) : undefined,
    at: isTold ? clockText(pause.createdAt) : undefined,
  };
};

/** An event trigger, what is ahead of it and what became of its executions. `now` in ms. Pure. */
export const present = (
  { trigger, executions, latest, commands, pause }: TriggerData,
  filter: HistoryFilter,
  now: number,
) => {
  const path = triggerPath(trigger);
  const { words, warnings } = explain(scheduleOf(trigger.schedule), now, { epsilon: trigger.epsilon });
  const { url, method } = trigger.target;
  return {
    name: trigger.name,
    key: triggerEntry(trigger),
    description: trigger.description,
    on: trigger.on,
    pause: pauseOf(trigger, pause),
    look: triggerLook(trigger),
    links: triggerLinks(trigger),
    isSigned: trigger.secret !== null,
    schedule: trigger.schedule,
    epsilon: writeDuration(trigger.epsilon),
    words,
    warnings: warnings.map(({ text }) => text),
    fires: trigger.nextFires.map((at) => fireText(at, now)),
    target: { method, url },
    headers: headerLines(trigger),
    payload: trigger.payload === null ? undefined : JSON.stringify(trigger.payload, null, 2),
    facts: facts(trigger),
    executions: executions.rows.map((uow) => executionLine(uow, now)),
    pager: pagerOf(
      executions,
      ({ id }) => id,
      (turn) => withQuery(path, { ...filter, ...turn }),
    ),
    lane: executionLane(latest, trigger.epsilon),
    filter: { ...filter, path, tabs: tabsOf(path, filter) },
    resend: resendOf(trigger, latest, filter),
    commands: commands.map(commandLine),
    journalHref: journalPath(`${EVENTS}:${triggerEntry(trigger)}`),
    legend: executionLegend,
  };
};

const nothing = z.literal('').transform(() => undefined);
const day = z.iso.date();

export const eventTriggerPage = definePage({
  path: '/triggers/:owner/:id',
  available: ({ hasTriggers = false }) => hasTriggers,
  params: z.strictObject({ owner: z.string(), id: z.string() }),
  query: z.strictObject({
    before: uowId.exactOptional(),
    after: uowId.exactOptional(),
    outcome: z.enum(outcomeNames).or(nothing).optional(),
    from: day.or(nothing).optional(),
    to: day.or(nothing).optional(),
  }),
  open: async ({ api, clock }, { owner, id, before, after, ...filter }) => {
    const trigger = await api.trigger({ owner, id });
    const entry = { processName: EVENTS, entryName: triggerEntry(trigger) };
    const turn: Turn<string> = { before, after };
    const { outcome, from, to } = filter;
    const narrowed = {
      ...entry,
      ...(outcome !== undefined && { states: outcomes[outcome].states }),
      ...(from !== undefined && { from: Date.parse(from) }),
      ...(to !== undefined && { to: Date.parse(to) + DAY }),
    };
    const entity = `${EVENTS}:${entry.entryName}`;
    const [executions, latest, commands, pauses] = await Promise.all([
      readPage(turn, EXECUTIONS, (order, cursor, limit) =>
        api.uows({ ...narrowed, order, ...(cursor !== undefined && { after: cursor }), limit }),
      ),
      api.uows({ ...entry, limit: LANE }),
      api.commands(COMMANDS, { entity }),
      trigger.on ? [] : api.commands(1, { entity, kind: 'pause-trigger' }),
    ]);
    const data = { trigger, executions, latest, commands, pause: pauses[0] };
    return { view: 'event-trigger', title: trigger.name, model: present(data, filter, clock.now()) };
  },
});
