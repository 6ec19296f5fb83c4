import { randomUUID } from 'node:crypto';
import { SynergyError } from '../../domain/errors.ts';
import type { FreerunView, ProcessSummary, SchedulerApi } from '../../scheduler/api.ts';
import { qualifiersOf } from '../look/job-chip.ts';
import { jobPath, unitPath } from '../look/link.ts';
import { periodText } from '../look/time-text.ts';
import { planText } from './plan-text.ts';
import type { PlanText } from './plan-text.ts';
import type { CommandKind } from '../../domain/model/record.ts';

/** Fields of a form, as text. */
export type Fields = Readonly<Record<string, string | undefined>>;

interface Input {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly type: 'text' | 'json' | 'select';
  readonly hint?: string;
  readonly options?: readonly string[];
  readonly suggestions?: readonly string[];
}

/** What a dialog says and asks before a command is sent. */
export interface DialogModel {
  readonly kind: CommandKind;
  /** A fresh command id: a double click sends one command. */
  readonly id: string;
  readonly title: string;
  readonly lead: string;
  readonly hidden: readonly { readonly name: string; readonly value: string }[];
  readonly inputs: readonly Input[];
  readonly reason: string;
  readonly plan: PlanText | undefined;
  readonly submit: string;
  readonly danger: boolean;
  /** Page to return to. */
  readonly back: string;
  /** Why the last try was refused. */
  readonly error: string | undefined;
}

type Draft = Pick<DialogModel, 'title' | 'lead' | 'submit' | 'back'> &
  Partial<Pick<DialogModel, 'inputs' | 'plan' | 'danger'>> & { readonly keys: readonly string[] };
type Describe = (api: SchedulerApi, fields: Fields) => Promise<Draft>;

const need = (fields: Fields, name: string): string => {
  const value = fields[name];
  if (value === undefined) throw new SynergyError('INVALID_ARGUMENT', `the action needs the field '${name}'`);
  return value;
};

const scheduleHint = 'every 15m · at 08:00 · cron 0 */2 * * * · iso R/2026-01-01T00:00:00Z/PT1H';

const planned =
  (kind: 'reprocess' | 'skip', verb: string, lead: string): Describe =>
  async (api, fields) => {
    const key = { processName: need(fields, 'processName'), timeperiod: need(fields, 'timeperiod') };
    const qualifiers = qualifiersOf(api.trees());
    const plan = planText(await api.plan(kind, key), qualifiers);
    const { qualifier } = api.node(key);
    return {
      title: `${verb} ${key.processName} ${periodText(qualifier, key.timeperiod)}`,
      lead,
      submit: `${verb} ${plan.jobs}`,
      danger: kind === 'skip',
      plan,
      back: jobPath(key),
      keys: ['processName', 'timeperiod'],
    };
  };

const managedOf = async (api: SchedulerApi, name: string): Promise<ProcessSummary> => {
  const found = (await api.managed()).find(({ process }) => process.name === name);
  if (found === undefined) throw new SynergyError('NOT_FOUND', `there is no managed process '${name}'`);
  return found;
};

const entryOf = async (api: SchedulerApi, fields: Fields): Promise<FreerunView> => {
  const [processName, entryName] = [need(fields, 'processName'), need(fields, 'entryName')];
  const found = (await api.freerun()).find(
    (entry) => entry.processName === processName && entry.entryName === entryName,
  );
  if (found === undefined)
    throw new SynergyError('NOT_FOUND', `there is no freerun entry '${processName}:${entryName}'`);
  return found;
};

const settings = (fields: Fields, trigger: string, given: unknown): Input[] => [
  {
    name: 'trigger',
    label: 'Trigger',
    type: 'text',
    value: fields['trigger'] ?? trigger,
    hint: scheduleHint,
  },
  {
    name: 'arguments',
    label: 'Arguments, a JSON object',
    type: 'json',
    value: fields['arguments'] ?? JSON.stringify(given, null, 2),
  },
];

const setManaged: Describe = async (api, fields) => {
  const { process, trigger, arguments: given } = await managedOf(api, need(fields, 'processName'));
  const back = '/processes';
  if (fields['on'] === undefined) {
    const lead = 'Holds from the next firing on. Units of work that exist keep their arguments.';
    return {
      title: `Change ${process.name}`,
      lead,
      submit: 'Save',
      inputs: settings(fields, trigger, given),
      back,
      keys: ['processName'],
    };
  }
  const on = fields['on'] === 'true';
  const lead = on
    ? 'Periods that waited are worked on, the oldest first.'
    : 'No unit of work is published until it is switched on again. What runs now may finish. Processes that wait for it will say so.';
  return {
    title: `Switch ${process.name} ${on ? 'on' : 'off'}`,
    lead,
    submit: `Switch ${on ? 'on' : 'off'}`,
    danger: !on,
    back,
    keys: ['processName', 'on'],
  };
};

const fireManaged: Describe = async (api, fields) => {
  const { process } = await managedOf(api, need(fields, 'processName'));
  const lead =
    'Looks at its active periods now, as if its trigger had fired. Whatever has to wait still waits.';
  return {
    title: `Fire ${process.name}`,
    lead,
    submit: 'Fire now',
    back: '/processes',
    keys: ['processName'],
  };
};

const addFreerun: Describe = async (api, fields) => {
  const names = [...new Set((await api.freerun()).map(({ processName }) => processName))];
  const text = (name: string, label: string, hint?: string): Input => ({
    name,
    label,
    type: 'text',
    value: fields[name] ?? '',
    ...(hint !== undefined && { hint }),
  });
  return {
    title: 'New freerun entry',
    lead: 'A schedule of a registered freerun process, with arguments of its own.',
    submit: 'Create',
    back: '/freerun',
    keys: [],
    inputs: [
      { ...text('processName', 'Process'), suggestions: names },
      text('entryName', 'Name of the entry'),
      ...settings(fields, '', {}),
      {
        name: 'overlap',
        label: 'When the last one is still running',
        type: 'select',
        value: fields['overlap'] ?? 'skip',
        options: ['skip', 'buffer-one', 'allow', 'cancel-other'],
      },
      text('description', 'Description'),
    ],
  };
};

const setFreerun: Describe = async (api, fields) => {
  const entry = await entryOf(api, fields);
  const name = `${entry.processName}:${entry.entryName}`;
  const keys = ['processName', 'entryName'];
  if (fields['on'] === undefined) {
    const lead = 'Holds from the next firing on; nothing that is past fires again.';
    return {
      title: `Change ${name}`,
      lead,
      submit: 'Save',
      inputs: settings(fields, entry.trigger, entry.arguments),
      back: '/freerun',
      keys,
    };
  }
  const on = fields['on'] === 'true';
  const lead = on
    ? 'Its trigger fires again from now on.'
    : 'Its trigger stops firing. A unit of work that runs now may finish.';
  return {
    title: `Switch ${name} ${on ? 'on' : 'off'}`,
    lead,
    submit: `Switch ${on ? 'on' : 'off'}`,
    danger: !on,
    back: '/freerun',
    keys: [...keys, 'on'],
  };
};

const onEntry =
  (verb: string, lead: string, submit: string, danger = false): Describe =>
  async (api, fields) => {
    const { processName, entryName } = await entryOf(api, fields);
    return {
      title: `${verb} ${processName}:${entryName}`,
      lead,
      submit,
      danger,
      back: '/freerun',
      keys: ['processName', 'entryName'],
    };
  };

const cancelUow: Describe = async (api, fields) => {
  const { id, kind } = await api.uow(need(fields, 'uowId'));
  const then = kind === 'managed' ? ' Its job is skipped.' : '';
  const lead = `A worker that is on it is told to stop, and its result will not count.${then}`;
  return {
    title: `Cancel ${id}`,
    lead,
    submit: 'Cancel the unit',
    danger: true,
    back: unitPath(id),
    keys: ['uowId'],
  };
};

const describers: Readonly<Record<CommandKind, Describe>> = {
  reprocess: planned(
    'reprocess',
    'Reprocess',
    'These jobs become active again; each runs when the inputs that are being redone have finished.',
  ),
  skip: planned('skip', 'Skip', 'These jobs are given up: what waits for them goes on without them.'),
  'set-managed': setManaged,
  'fire-managed': fireManaged,
  'add-freerun': addFreerun,
  'set-freerun': setFreerun,
  'remove-freerun': onEntry(
    'Remove',
    'The entry is deleted; its units of work and their logs stay.',
    'Remove',
    true,
  ),
  'fire-freerun': onEntry(
    'Fire',
    'Publishes a unit of work now, beside its schedule; the overlap policy holds.',
    'Fire now',
  ),
  'cancel-uow': cancelUow,
};

/** The dialog of a command, filled with what is known and what was typed before. */
export const describeAction = async (
  api: SchedulerApi,
  kind: CommandKind,
  fields: Fields,
  error?: string,
): Promise<DialogModel> => {
  const { keys, inputs = [], plan, danger = false, ...draft } = await describers[kind](api, fields);
  const fixed = keys.map((name) => ({ name, value: fields[name] ?? '' }));
  return {
    ...draft,
    kind,
    id: randomUUID(),
    hidden: plan === undefined ? fixed : [...fixed, { name: 'planHash', value: plan.hash }],
    inputs,
    reason: fields['reason'] ?? '',
    plan,
    danger,
    error,
  };
};
