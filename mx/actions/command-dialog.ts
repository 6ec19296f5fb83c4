import { SynergyError } from '../../domain/errors.ts';
import { lostOutcomes } from '../../domain/event/resend.ts';
import type { JobKey } from '../../domain/model/record.ts';
import { plural } from '../../domain/plural.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import type { FreerunView, ProcessSummary, SchedulerApi } from '../../scheduler/api/api.ts';
import { commandTable, isCascadeKind, policies } from '../../scheduler/commands/command-table.ts';
import type { CommandKind, CommandRow, Subject } from '../../scheduler/commands/command-table.ts';
import { qualifiersOf } from '../present/job-chip.ts';
import { countOf } from '../present/number-text.ts';
import { clockText, periodText } from '../present/time-text.ts';
import { readInstant } from './read-instant.ts';
import { planText } from './plan-text.ts';
import type { PlanText } from './plan-text.ts';

/** Fields of a form, as text. */
export type FormFields = Readonly<Record<string, string | undefined>>;

/** A field that a person fills in. */
export interface Input {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  /** `fixed` is shown and cannot be changed, of a `password` nothing is shown; under `trigger`, its next fires are shown while the user types. */
  readonly type: 'text' | 'json' | 'select' | 'fixed' | 'trigger' | 'password';
  readonly hint?: string;
  readonly options?: readonly string[];
}

/** What a dialog says and asks. */
export interface CommandDialog {
  readonly title: string;
  readonly lead: string;
  /** Words on the button. */
  readonly submit: string;
  readonly danger: boolean;
  readonly inputs?: readonly Input[];
  readonly plan?: PlanText;
  /** Fields that were found out, and travel unseen. */
  readonly known?: FormFields;
}

/** What a kind says or asks otherwise than its row of the table does. */
type Own = Partial<Omit<CommandDialog, 'plan'>>;
type Describe = (api: SchedulerApi, fields: FormFields) => Promise<Own>;

const need = (fields: FormFields, name: string): string => {
  const value = fields[name];
  if (value === undefined) throw new SynergyError('INVALID_ARGUMENT', `the action needs the field '${name}'`);
  return value;
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
  const entry = await api.freerunEntry({ processName, entryName });
  if (entry.removed)
    throw new SynergyError(
      'NOT_FOUND',
      `the freerun entry ${name} was removed: add it anew to change or fire it`,
    );
  return { ...entry, name };
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
const policyInputs = (
  fields: FormFields,
  given: Pick<FreerunView, 'overlap' | 'missed' | 'description'>,
): readonly Input[] => [
  {
    name: 'overlap',
    label: 'When the last one is still running',
    type: 'select',
    value: fields['overlap'] ?? given.overlap,
    options: policies.overlap.options,
  },
  {
    name: 'missed',
    label: 'Firings to make up for that passed while no scheduler ran',
    type: 'select',
    value: fields['missed'] ?? given.missed,
    options: policies.missed.options,
  },
  {
    name: 'description',
    label: 'Description',
    type: 'text',
    value: fields['description'] ?? given.description,
  },
];

const switching = (name: string, on: boolean, lead: string): Own => {
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
      return { inputs: settings(fields, trigger, given) };
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
        lead: `${commandTable['set-freerun'].effect}${overruled}`,
        inputs: [...settings(fields, trigger, given), ...policyInputs(fields, rest)],
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
    inputs: [
      names.length > 1
        ? { ...text('processName', 'Process'), type: 'select', options: names }
        : { ...text('processName', 'Process'), type: 'fixed', value: only },
      text('entryName', 'Name of the entry'),
      ...settings(fields, '', {}),
      ...policyInputs(fields, { overlap: 'skip', missed: 'last', description: '' }),
    ],
  });
};

const releaseUow: Describe = async (api, fields) => {
  const { retryAt, attempt } = await api.uow(need(fields, 'uowId'));
  const since = retryAt === null ? 'It is quarantined' : 'It waits for its retry';
  return { lead: `${since} after ${plural(attempt, 'attempt')}. ${commandTable['release-uow'].effect}` };
};

const instantText = (instant: number): string => clockText(instant).full;

/** What it would send, up to now unless it is said: to be asked for by the same words. */
const resendExecutions: Describe = async (api, fields) => {
  const [owner, id] = [need(fields, 'owner'), need(fields, 'triggerId')];
  const range = { from: readInstant(fields['from'] ?? '0') };
  const to = fields['to'] === undefined ? {} : { to: readInstant(fields['to']) };
  const outcome = lostOutcomes.find((one) => one === fields['outcome']);
  const plan = await api.resendPlan({ owner, id }, { ...range, ...to, ...(outcome && { outcome }) });
  const { count, oldest, newest, target, hash } = plan;
  const messages = countOf(count, 'message');
  const span =
    oldest === null || newest === null
      ? 'Nothing was lost that was not delivered since, or is under way'
      : `${messages} to ${target}, planned from ${instantText(oldest)} to ${instantText(newest)}`;
  return {
    lead: `${span}. ${commandTable['resend-executions'].effect}`,
    submit: `Send ${messages} again`,
    known: { from: String(plan.from), to: String(plan.to), planHash: hash },
  };
};

/** What is typed of a secret is never sent back, not even as a form is refused. */
const putSecret: Describe = (_, fields) => {
  const { secretName } = fields;
  const isKnown = secretName !== undefined && fields['value'] === undefined;
  return Promise.resolve({
    title: isKnown ? `Change the secret ${secretName}` : 'New secret',
    inputs: [
      {
        ...{ name: 'secretName', label: 'Name', value: secretName ?? '' },
        type: isKnown ? ('fixed' as const) : ('text' as const),
        hint: 'as headers have it in {{secret:name}}',
      },
      { name: 'value', label: 'Secret', value: '', type: 'password' },
    ],
  });
};

const removeSecret: Describe = (_, fields) =>
  Promise.resolve({ title: `Delete the secret ${need(fields, 'secretName')}` });

/** Of the kinds that do not say and ask just what their row of the table does. */
const own: Readonly<Partial<Record<CommandKind, Describe>>> = {
  'set-managed': setManaged,
  'add-freerun': addFreerun,
  'set-freerun': setFreerun,
  'release-uow': releaseUow,
  'resend-executions': resendExecutions,
  'put-secret': putSecret,
  'remove-secret': removeSecret,
};

const jobOf = (fields: FormFields): JobKey => ({
  processName: need(fields, 'processName'),
  timeperiod: need(fields, 'timeperiod'),
});

/** What a command is about, by its name; throws NOT_FOUND where there is no such thing. */
const names: Readonly<Record<Subject, (api: SchedulerApi, fields: FormFields) => Promise<string>>> = {
  job: (api, fields) => {
    const { processName, timeperiod } = jobOf(fields);
    return Promise.resolve(
      `${processName} ${periodText(api.node({ processName, timeperiod }).qualifier, timeperiod)}`,
    );
  },
  managed: async (api, fields) => (await managedOf(api, fields)).process.name,
  entry: async (api, fields) => (await entryOf(api, fields)).name,
  uow: async (api, fields) => (await api.uow(need(fields, 'uowId'))).id,
  trigger: (_, fields) => Promise.resolve(`${need(fields, 'owner')}/${need(fields, 'triggerId')}`),
  triggers: () => Promise.resolve('event triggers'),
};

/** What is said and asked before a command: what the table says of its kind, and what the kind has of its own. */
export const dialogOf = async (
  api: SchedulerApi,
  kind: CommandKind,
  fields: FormFields,
): Promise<CommandDialog> => {
  const { subject, effect, danger, words }: CommandRow = commandTable[kind];
  const said = await own[kind]?.(api, fields);
  const title = said?.title ?? `${words.verb} ${await names[subject](api, fields)}`;
  const dialog = { title, lead: effect, submit: words.button, danger: danger ?? false, ...said };
  if (!isCascadeKind(kind)) return dialog;
  const plan = planText(await api.plan(kind, jobOf(fields)), qualifiersOf(api.trees()));
  return { ...dialog, submit: `${words.button} ${plan.jobs}`, plan, known: { planHash: plan.hash } };
};
