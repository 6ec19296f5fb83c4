import { z } from 'zod';
import { triggerEntry, EVENTS } from '../../domain/event/trigger.ts';
import { scheduleOf } from '../../domain/schedule/schedule.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import type { CommandRecord, UowRecord } from '../../domain/model/record.ts';
import type { MissedPolicy } from '../../domain/model/process.ts';
import { explain } from '../../domain/schedule/explain.ts';
import { writeDuration } from '../../domain/time/duration.ts';
import { uowId } from '../../scheduler/commands/command-table.ts';
import type { TriggerView } from '../../scheduler/api/trigger-view.ts';
import { commandLine } from '../present/command-line.ts';
import { executionLegend, executionLine } from '../present/event/execution-line.ts';
import { journalPath, triggerPath, withQuery } from '../present/link.ts';
import { pagerOf, readPage } from '../present/pager.ts';
import type { Turn, Turned } from '../present/pager.ts';
import { clockText, fireText } from '../present/time-text.ts';
import { triggerLinks, triggerLook } from '../present/event/trigger-line.ts';
import { definePage } from './page.ts';

const EXECUTIONS = 50;
const COMMANDS = 10;

const missedTexts: Readonly<Record<MissedPolicy, string>> = {
  all: 'each one that is still inside its epsilon is sent',
  last: 'the latest one is sent, inside its epsilon',
  none: 'they are left out',
};

/** Headers whose values are worth hiding; one that names a stored secret shows its name alone. */
const isPrivate = (name: string, value: string): boolean =>
  /auth|cookie|key|secret|token|password|signature/i.test(name) && !value.includes('{{secret:');

const headerLines = ({ target: { headers } }: EventTrigger): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${isPrivate(name, value) ? '***' : value}`)
    .join('\n');

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
    { label: 'After its end', value: trigger.deleteAfterEnd ? 'it is deleted' : '' },
    { label: 'Created', value: clockText(createdAt).full },
    { label: 'Changed', value: revision === 1 ? '' : `${clockText(updatedAt).full}, revision ${revision}` },
  ].filter(({ value }) => value !== '');
};

/** What was read for the page. */
export interface TriggerData {
  readonly trigger: TriggerView;
  readonly executions: Turned<UowRecord>;
  readonly commands: readonly CommandRecord[];
}

/** An event trigger, what is ahead of it and what became of its executions. `now` in ms. Pure. */
export const present = ({ trigger, executions, commands }: TriggerData, now: number) => {
  const { words, warnings } = explain(scheduleOf(trigger.schedule), now, { epsilon: trigger.epsilon });
  const { url, method } = trigger.target;
  return {
    name: trigger.name,
    key: triggerEntry(trigger),
    description: trigger.description,
    on: trigger.on,
    note: trigger.on ? undefined : (trigger.note ?? undefined),
    look: triggerLook(trigger),
    links: triggerLinks(trigger),
    schedule: trigger.schedule,
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
      (turn) => withQuery(triggerPath(trigger), { ...turn }),
    ),
    commands: commands.map(commandLine),
    journalHref: journalPath(`${EVENTS}:${triggerEntry(trigger)}`),
    legend: executionLegend,
  };
};

export const eventTriggerPage = definePage({
  path: '/triggers/:owner/:id',
  available: ({ hasTriggers = false }) => hasTriggers,
  params: z.strictObject({ owner: z.string(), id: z.string() }),
  query: z.strictObject({ before: uowId.exactOptional(), after: uowId.exactOptional() }),
  open: async ({ api, clock }, { owner, id, before, after }) => {
    const trigger = await api.trigger({ owner, id });
    const entry = { processName: EVENTS, entryName: triggerEntry(trigger) };
    const turn: Turn<string> = { before, after };
    const [executions, commands] = await Promise.all([
      readPage(turn, EXECUTIONS, (order, cursor, limit) =>
        api.uows({ ...entry, order, ...(cursor !== undefined && { after: cursor }), limit }),
      ),
      api.commands(COMMANDS, { entity: `${EVENTS}:${entry.entryName}` }),
    ]);
    const model = present({ trigger, executions, commands }, clock.now());
    return { view: 'event-trigger', title: trigger.name, model };
  },
});
