import { planEffect } from '../../domain/cascade/plan.ts';
import type { Plan } from '../../domain/cascade/plan.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { CommandKind } from '../../domain/model/record.ts';
import { plural } from '../../domain/plural.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import type { FreerunView, ProcessSummary, SchedulerApi } from '../../scheduler/api/api.ts';
import { qualifiersOf } from '../present/job-chip.ts';
import { periodText } from '../present/time-text.ts';
import { planText } from './plan-text.ts';
import type { PlanText } from './plan-text.ts';
import { missed, overlap } from './schema.ts';

/** Fields of a form, as text. */
export type FormFields = Readonly<Record<string, string | undefined>>;

/** A field that a person fills in. */
export interface Input {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  /** `fixed` is shown and cannot be changed; under `trigger`, its next fires are shown while the user types. */
  readonly type: 'text' | 'json' | 'select' | 'fixed' | 'trigger';
  readonly hint?: string;
  readonly options?: readonly string[];
}

/** What a dialog says and asks, kind by kind. */
export interface CommandDialog {
  readonly title: string;
  readonly lead: string;
  /** Words on the button. */
  readonly submit: string;
  readonly danger?: boolean;
  readonly inputs?: readonly Input[];
  readonly plan?: PlanText;
}

type Describe = (api: SchedulerApi, fields: FormFields) => Promise<CommandDialog>;

const need = (fields: FormFields, name: string): string => {
  const value = fields[name];
  if (value === undefined) throw new SynergyError('INVALID_ARGUMENT', `the action needs the field '${name}'`);
  return value;
};

const planned =
  (kind: Plan['kind'], verb: string): Describe =>
  async (api, fields) => {
    const key = { processName: need(fields, 'processName'), timeperiod: need(fields, 'timeperiod') };
    const plan = planText(await api.plan(kind, key), qualifiersOf(api.trees()));
    const title = `${verb} ${key.processName} ${periodText(api.node(key).qualifier, key.timeperiod)}`;
    return { title, lead: planEffect(kind), submit: `${verb} ${plan.jobs}`, danger: kind === 'skip', plan };
  };

const managedOf = async (api: SchedulerApi, fields: FormFields): Promise<ProcessSummary> => {
  const name = need(fields, 'processName');
  const found = (await api.managed()).find(({ process }) => process.name === name);
  if (found === undefined) throw new SynergyError('NOT_FOUND', `there is no managed process '${name}'`);
  return found;
};

const entryOf = async (
  api: SchedulerApi,
  fields: FormFields,
): Promise<FreerunView & { readonly name: string }> => {
  const [processName, entryName] = [need(fields, 'processName'), need(fields, 'entryName')];
  const name = entryKeyText(processName, entryName);
  const found = (await api.freerun()).find(
    (one) => one.processName === processName && one.entryName === entryName,
  );
  if (found === undefined) throw new SynergyError('NOT_FOUND', `there is no freerun entry '${name}'`);
  return { ...found, name };
};

const settings = (fields: FormFields, trigger: string, given: unknown): Input[] => [
  {
    name: 'trigger',
    label: 'Trigger',
    type: 'trigger',
    value: fields['trigger'] ?? trigger,
    hint: 'every 15m · at 08:00 · cron 0 */2 * * * · iso R/2026-01-01T00:00:00Z/PT1H',
  },
  {
    name: 'arguments',
    label: 'Arguments, a JSON object',
    type: 'json',
    value: fields['arguments'] ?? JSON.stringify(given, null, 2),
  },
];

/** Inputs that entries of freerun processes have besides; `given`: the values that hold. */
const policies = (
  fields: FormFields,
  given: Pick<FreerunView, 'overlap' | 'missed' | 'description'>,
): readonly Input[] => [
  {
    name: 'overlap',
    label: 'When the last one is still running',
    type: 'select',
    value: fields['overlap'] ?? given.overlap,
    options: overlap.options,
  },
  {
    name: 'missed',
    label: 'Firings to make up for that passed while no scheduler ran',
    type: 'select',
    value: fields['missed'] ?? given.missed,
    options: missed.options,
  },
  {
    name: 'description',
    label: 'Description',
    type: 'text',
    value: fields['description'] ?? given.description,
  },
];

const switching = (name: string, on: boolean, lead: string): CommandDialog => {
  const verb = `Switch ${on ? 'on' : 'off'}`;
  return { title: `${verb} ${name}`, lead, submit: verb, danger: !on };
};

const setManaged: Describe = async (api, fields) => {
  const { process, trigger, arguments: given } = await managedOf(api, fields);
  switch (fields['on']) {
    case 'true':
      return switching(process.name, true, 'Periods that waited are worked on, the oldest first.');
    case 'false':
      return switching(
        process.name,
        false,
        'No unit of work is published until it is switched on again. What runs now may finish. Whatever waits for it will say so.',
      );
    default:
      return {
        title: `Change ${process.name}`,
        lead: 'Holds from the next firing on. Units of work that exist keep their arguments.',
        submit: 'Save',
        inputs: settings(fields, trigger, given),
      };
  }
};

const setFreerun: Describe = async (api, fields) => {
  const { name, trigger, arguments: given, origin, ...rest } = await entryOf(api, fields);
  switch (fields['on']) {
    case 'true':
      return switching(name, true, 'Its trigger fires again from now on.');
    case 'false':
      return switching(name, false, 'Its trigger stops firing. A unit of work that runs now may finish.');
    default: {
      const overruled =
        origin === 'context' ? ' What the context says of it holds again when the scheduler starts.' : '';
      return {
        title: `Change ${name}`,
        lead: `Holds from the next firing on; nothing that is past fires again.${overruled}`,
        submit: 'Save',
        inputs: [...settings(fields, trigger, given), ...policies(fields, rest)],
      };
    }
  }
};

const addFreerun: Describe = (api, fields) => {
  const names = api.freerunProcesses();
  const [only = ''] = names;
  const text = (name: string, label: string): Input => ({
    name,
    label,
    type: 'text',
    value: fields[name] ?? '',
  });
  return Promise.resolve({
    title: 'New freerun entry',
    lead: 'A schedule of a registered freerun process, with arguments of its own.',
    submit: 'Create',
    inputs: [
      names.length > 1
        ? { ...text('processName', 'Process'), type: 'select', options: names }
        : { ...text('processName', 'Process'), type: 'fixed', value: only },
      text('entryName', 'Name of the entry'),
      ...settings(fields, '', {}),
      ...policies(fields, { overlap: 'skip', missed: 'last', description: '' }),
    ],
  });
};

const cancelUow: Describe = async (api, fields) => {
  const { id, kind } = await api.uow(need(fields, 'uowId'));
  const then =
    kind === 'managed'
      ? ' Its job is skipped, and so is what depends on it and blocks on its dependencies.'
      : '';
  const lead = `A worker that is on it is told to stop, and its result will not count.${then}`;
  return { title: `Cancel ${id}`, lead, submit: 'Cancel the unit', danger: true };
};

const releaseUow: Describe = async (api, fields) => {
  const { id, retryAt, attempt } = await api.uow(need(fields, 'uowId'));
  const since = retryAt === null ? 'It is quarantined' : 'It waits for its retry';
  const lead = `${since} after ${plural(attempt, 'attempt')}. It is handed to a worker at once, with as many attempts as a new one: see first that what broke it is mended.`;
  return { title: `Release ${id}`, lead, submit: 'Release the unit' };
};

/** What is said and asked before each kind of command. */
export const commandDialogs: Readonly<Record<CommandKind, Describe>> = {
  reprocess: planned('reprocess', 'Reprocess'),
  skip: planned('skip', 'Skip'),
  'set-managed': setManaged,
  'fire-managed': async (api, fields) => ({
    title: `Fire ${(await managedOf(api, fields)).process.name}`,
    lead: 'Looks at its active periods now, as if its trigger had fired. Whatever has to wait still waits.',
    submit: 'Fire now',
  }),
  'add-freerun': addFreerun,
  'set-freerun': setFreerun,
  'remove-freerun': async (api, fields) => ({
    title: `Remove ${(await entryOf(api, fields)).name}`,
    lead: 'The entry is deleted; its units of work and their logs stay.',
    submit: 'Remove',
    danger: true,
  }),
  'fire-freerun': async (api, fields) => ({
    title: `Fire ${(await entryOf(api, fields)).name}`,
    lead: 'Publishes a unit of work now, beside its schedule; the overlap policy holds.',
    submit: 'Fire now',
  }),
  'cancel-uow': cancelUow,
  'release-uow': releaseUow,
};
