import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { eventFormats } from '../../domain/event/trigger.ts';
import { targetMethods } from '../../domain/event/target.ts';
import { notRefused } from '../../scheduler/commands/check-command.ts';
import type { CommandRequest } from '../../scheduler/commands/check-command.ts';
import { emptyTrigger, fieldsOf, readTrigger } from '../actions/trigger-form.ts';
import type { FieldProblems, TriggerFields } from '../actions/trigger-form.ts';
import type { FormFields } from '../actions/command-dialog.ts';
import { toProblem } from '../http/problem.ts';
import {
  emptyInterval,
  settleWhen,
  sourceOf,
  unitChoices,
  whenOf,
  zoneChoices,
} from '../present/event/when-fields.ts';
import type { SettledWhen, WhenFields } from '../present/event/when-fields.ts';
import { whenPreview } from '../present/event/when-preview.ts';
import { triggerPath } from '../present/link.ts';
import { definePage } from './page.ts';
import type { PageContext, PageView } from './page.ts';
import { sendTest, sentView } from './send-test.ts';
import type { SentTest } from './send-test.ts';

/** A trigger that is changed, by its key; a new one has only an owner. */
interface Subject {
  readonly owner: string;
  readonly id?: string;
  /** As it was looked at; 0 of a new one. */
  readonly revision: number;
}

/** What was refused, and why. */
interface Refusal {
  readonly problems: FieldProblems;
  readonly problem?: string | undefined;
  readonly sent?: SentTest;
}

const choices = {
  method: targetMethods.map((method) => [method, method]),
  format: eventFormats.map((format) => [
    format,
    {
      plain: 'Plain JSON',
      cloudevents: 'CloudEvents, structured',
      'cloudevents-binary': 'CloudEvents, binary',
    }[format],
  ]),
  missed: [
    ['all', 'Send each one that is still inside its epsilon'],
    ['last', 'Send the latest one alone'],
    ['none', 'Leave them out'],
  ],
  overlap: [
    ['allow', 'Send it beside the one before'],
    ['skip', 'Skip it, on record as failed'],
  ],
} as const;

/** The schedule in both ways of the form. Without scripts they may differ: what was changed holds. */
const settled = (fields: FormFields & TriggerFields): SettledWhen => {
  const { schedule, epsilon, shown } = fields;
  const typed = (name: keyof WhenFields): string => (fields[name] ?? '').trim();
  const interval = {
    ...{ start: typed('start'), zone: typed('zone') || 'Z', every: typed('every') },
    ...{ unit: typed('unit') || emptyInterval.unit, times: typed('times') },
  };
  if (fields['use']) return settleWhen({ ...interval, schedule: fields['use'], epsilon }, 'schedule');
  if (shown === undefined) return { when: whenOf(schedule, epsilon), problems: {} };
  const given = { ...interval, schedule, epsilon };
  return settleWhen(given, sourceOf(given, shown));
};

/** The form of an event trigger with what was typed, and with what is wrong beside each field. `now` in ms. Pure. */
export const present = (
  { owner, id, revision }: Subject,
  fields: TriggerFields & FormFields & WhenFields,
  { now, problems, problem, sent, commandId }: Refusal & { readonly now: number; readonly commandId: string },
) => ({
  isNew: id === undefined,
  key: id === undefined ? undefined : `${owner}/${id}`,
  owner,
  path: id === undefined ? '/triggers/new' : `${triggerPath({ owner, id })}/change`,
  back: id === undefined ? '/triggers' : triggerPath({ owner, id }),
  revision,
  /** A double click sends one command. */
  commandId,
  fields,
  reason: fields['reason'] ?? '',
  choices: { ...choices, unit: unitChoices, zone: zoneChoices(fields.zone) },
  example: 'https://example.org/hook',
  problems,
  problem,
  sent,
  count: Object.keys(problems).length,
  preview: whenPreview(fields, now),
});

const view = (
  { clock }: PageContext,
  subject: Subject,
  fields: FormFields & TriggerFields,
  refusal: Refusal = { problems: {} },
): PageView => ({
  view: 'trigger-form',
  title: subject.id === undefined ? 'New trigger' : `Change ${subject.id}`,
  model: present(
    subject,
    { ...whenOf(fields.schedule, fields.epsilon), ...fields },
    { ...refusal, now: clock.now(), commandId: randomUUID() },
  ),
  still: true,
});

const body = z.record(z.string().max(100), z.string());

const expected = (fields: FormFields): number => {
  const revision = Number(fields['revision'] ?? '0');
  return Number.isSafeInteger(revision) && revision >= 0 ? revision : 0;
};

/** An id that a person reads: of the name, or of the host that it goes to. */
const idOf = ({ name, url }: TriggerFields): string => {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  const words = (name.trim() || host).normalize('NFKD').replace(/[\u0300-\u036f]/g, '');
  return (
    words
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 80) || 'trigger'
  );
};

/** Puts what was typed, or shows it again with what is wrong. */
const submit = async (
  context: PageContext,
  subject: Omit<Subject, 'revision'>,
  given: FormFields,
): Promise<PageView | { readonly goTo: string }> => {
  // An unchecked box is not sent: what is not there was emptied.
  const sent = { ...emptyTrigger, query: '', deleteAfterEnd: '', ...given };
  const command = given['command'] || randomUUID();
  const { when, problems: ofWhen } = settled(sent);
  const typed = { ...sent, ...when, triggerId: subject.id ?? sent.triggerId };
  const fields = { ...typed, triggerId: typed.triggerId.trim() || `${idOf(typed)}-${command.slice(0, 4)}` };
  const revision = expected(given);
  const shown = (refusal: Refusal): PageView => view(context, { ...subject, revision }, typed, refusal);
  const again = (refusal: Refusal): PageView => ({ ...shown(refusal), status: 400 });
  if (given['use'] || given['look']) return shown({ problems: ofWhen });
  if (given['test']) {
    const sent = await sendTest(context, { owner: subject.owner, id: fields.triggerId }, typed);
    // Without scripts the form is shown again, with a link to what came of it.
    return given['test'] === 'here' ? sentView(sent) : shown({ problems: ofWhen, sent });
  }
  const read = readTrigger(fields, subject.owner);
  if (read.problems !== undefined || Object.keys(ofWhen).length > 0)
    return again({ ...read, problems: { ...read.problems, ...ofWhen } });
  const { owner, id: triggerId, ...input } = read.input;
  const target = Object.fromEntries(Object.entries(input.target).filter(([, value]) => value !== null));
  const request = {
    ...{ kind: 'put-trigger', owner, triggerId, ...input, target, expectedVersion: revision },
    id: command,
    ...(given['reason'] && { reason: given['reason'] }),
  } as CommandRequest;
  try {
    notRefused(await context.api.execute(request));
    return { goTo: triggerPath({ owner, id: triggerId }) };
  } catch (error) {
    const { status, detail, code } = toProblem(error);
    if (status !== 400 && status !== 409 && status !== 412) throw error;
    const isTaken = code === 'VERSION_CHANGED' && subject.id === undefined;
    if (isTaken)
      return again({
        problems: { triggerId: `there is a trigger '${triggerId}' already: choose another id` },
      });
    return again({ problems: {}, problem: detail });
  }
};

const available = ({ hasTriggers = false }: { readonly hasTriggers?: boolean }): boolean => hasTriggers;

/** Who makes a trigger owns it. */
const ownerOf = ({ identity }: PageContext): string => identity?.actor ?? 'local';

export const newTriggerPage = definePage({
  path: '/triggers/new',
  available,
  open: (context) => Promise.resolve(view(context, { owner: ownerOf(context), revision: 0 }, emptyTrigger)),
  body,
  submit: (context, _, given) => submit(context, { owner: ownerOf(context) }, given),
});

export const changeTriggerPage = definePage({
  path: '/triggers/:owner/:id/change',
  available,
  params: z.strictObject({ owner: z.string(), id: z.string() }),
  open: async (context, key) => {
    const trigger = await context.api.trigger(key);
    return view(context, { ...key, revision: trigger.revision }, fieldsOf(trigger));
  },
  body,
  submit: async (context, key, given) => {
    await context.api.trigger(key);
    return submit(context, key, given);
  },
});
