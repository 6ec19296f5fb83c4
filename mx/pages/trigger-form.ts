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
import { triggerPath } from '../present/link.ts';
import { definePage } from './page.ts';
import type { PageContext, PageView } from './page.ts';
import { present as previewOf } from './schedule.ts';

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

/** The form of an event trigger with what was typed, and with what is wrong beside each field. `now` in ms. Pure. */
export const present = (
  { owner, id, revision }: Subject,
  fields: TriggerFields & FormFields,
  { now, problems, problem, commandId }: Refusal & { readonly now: number; readonly commandId: string },
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
  choices,
  example: 'https://example.org/hook',
  problems,
  problem,
  count: Object.keys(problems).length,
  preview: previewOf({ schedule: fields.schedule.trim(), epsilon: fields.epsilon.trim() }, now),
});

const view = (
  { clock }: PageContext,
  subject: Subject,
  fields: FormFields & TriggerFields,
  refusal: Refusal = { problems: {} },
): PageView => ({
  view: 'trigger-form',
  title: subject.id === undefined ? 'New trigger' : `Change ${subject.id}`,
  model: present(subject, fields, { ...refusal, now: clock.now(), commandId: randomUUID() }),
  still: true,
});

const body = z.record(z.string().max(100), z.string());

const expected = (fields: FormFields): number => {
  const revision = Number(fields['revision'] ?? '0');
  return Number.isSafeInteger(revision) && revision >= 0 ? revision : 0;
};

/** Puts what was typed, or shows it again with what is wrong. */
const submit = async (
  context: PageContext,
  subject: Omit<Subject, 'revision'>,
  given: FormFields,
): Promise<PageView | { readonly goTo: string }> => {
  // An unchecked box is not sent: what is not there was emptied.
  const typed = { ...emptyTrigger, query: '', deleteAfterEnd: '', ...given };
  const id = subject.id ?? (typed.triggerId.trim() || randomUUID());
  const fields = { ...typed, triggerId: id };
  const shown = { ...typed, triggerId: subject.id ?? typed.triggerId };
  const revision = expected(given);
  const again = (refusal: Refusal): PageView => ({
    ...view(context, { ...subject, revision }, shown, refusal),
    status: 400,
  });
  const read = readTrigger(fields, subject.owner);
  if (read.problems !== undefined) return again(read);
  const { owner, id: triggerId, ...input } = read.input;
  const target = Object.fromEntries(Object.entries(input.target).filter(([, value]) => value !== null));
  const request = {
    ...{ kind: 'put-trigger', owner, triggerId, ...input, target, expectedVersion: revision },
    ...(given['command'] && { id: given['command'] }),
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
