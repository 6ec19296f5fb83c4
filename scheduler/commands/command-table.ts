import { missedPolicies, overlapPolicies } from '../../domain/model/process.ts';
import { z } from 'zod';
import { planEffect } from '../../domain/cascade/plan.ts';
import type { Json, JsonObject } from '../../domain/model/process.ts';
import { planHash } from './plan-hash.ts';
import { namedTrigger, triggerCommands } from './trigger-commands.ts';

/** Characters of a reason or a description at most. */
const LONGEST_TEXT = 500;
const WHY = 'say why: the reason goes into the journal';

const name = z.string().min(1).max(200);
const processName = name.describe('name of the process');
const entryName = name.describe('name of the freerun entry');
const timeperiod = z.string().length(10).describe('timeperiod of the job, YYYYMMDDHH');
/** Made of two names, and an instant and a number or the id of a command. */
export const uowId = z.string().min(1).max(400).describe('id of the unit of work');

/** Made up by clients. */
export const commandId = z.string().min(8).max(100);
export const reason = z
  .string({ error: WHY })
  .trim()
  .min(1, WHY)
  .max(LONGEST_TEXT)
  .describe('why, for the journal');

/** Without it the command is for any version. */
const expectedVersion = z
  .number()
  .int()
  .min(0)
  .exactOptional()
  .describe('version that was looked at; at another one the command is refused with VERSION_CHANGED');
const atVersion = { expectedVersion };

export const trigger = z
  .string()
  .min(1, 'expected a schedule: every, at, cron or iso')
  .max(4000)
  .describe("schedule, such as 'every 15m', 'at 08:00', 'cron 0 */2 * * *' or 'iso R/…'");
// What was parsed from JSON holds JSON: only that it is an object remains to be seen.
const jsonObject = z
  .record(z.string(), z.unknown())
  .describe('arguments of its units of work, a JSON object') as unknown as z.ZodType<JsonObject>;
const firingArguments = jsonObject
  .describe('arguments of this one firing, a JSON object: what they name is not taken from the entry')
  .exactOptional();
const on = z.boolean().describe('whether it works, or fires on its schedule');

/** What entries of freerun processes have beside a schedule and arguments. */
export const policies = {
  overlap: z.enum(overlapPolicies).describe('what a firing does while the last unit of work is unfinished'),
  missed: z.enum(missedPolicies).describe('which firings are made up for that passed while no scheduler ran'),
  description: z.string().trim().max(LONGEST_TEXT).describe('what it is for'),
};
const entrySettings = {
  arguments: jsonObject.exactOptional(),
  overlap: policies.overlap.exactOptional(),
  missed: policies.missed.exactOptional(),
  description: policies.description.exactOptional(),
};
const managedSettings = {
  on: on.exactOptional(),
  trigger: trigger.exactOptional(),
  arguments: jsonObject.exactOptional(),
};
const plan = { planHash: planHash.exactOptional(), ...atVersion };

/** What commands are about, and the arguments that name it. */
export const subjects = {
  job: { processName, timeperiod },
  managed: { processName },
  entry: { processName, entryName },
  uow: { uowId },
  trigger: namedTrigger,
  triggers: {},
};
export type Subject = keyof typeof subjects;

type Fields = Readonly<Record<string, z.ZodType>>;

/** One kind of command. */
export interface CommandRow {
  readonly subject: Subject;
  /** Its arguments beside those that name the subject. */
  readonly arguments: Fields;
  /** Clients show its plan before, and send the plan's hash with it. */
  readonly planned?: true;
  /** Ends or removes something: the dashboard asks in red, the command line asks at all. */
  readonly danger?: true;
  /** What it is for, for help texts. */
  readonly summary: string;
  /** What it does, in sentences, for who is about to ask for it. */
  readonly effect: string;
  /** On the title of its dialog, on the button, and when it was carried out. */
  readonly words: { readonly verb: string; readonly button: string; readonly done: string };
  /** Arguments that are taken, all of them. */
  readonly example: Readonly<Record<string, Json>>;
}

const exampleVersion = { expectedVersion: 3 };
const exampleJob = {
  ...{ processName: 'SiteHourly', timeperiod: '2015051710', planHash: '5f0d8e21c9a4b376' },
  ...exampleVersion,
};
const exampleEntry = { processName: 'Housekeeping', entryName: 'nightly' };
const exampleUnit = { uowId: 'SiteHourly/2015051710#1', ...exampleVersion };
const exampleSettings = { trigger: 'at 03:00', arguments: { days: 7 } };
const exampleEntrySettings = {
  ...exampleSettings,
  ...{ overlap: 'skip', missed: 'last', description: 'removes old files' },
};

/**
 * Every kind of command. The types, the check, the description of the API, the options and help of the command line and
 * the dialogs follow from it; what carries a kind out is in `execute.ts`.
 */
export const commandTable = {
  reprocess: {
    ...{ subject: 'job', arguments: plan, planned: true },
    summary: 'run a job and all that depends on it again',
    effect: planEffect('reprocess'),
    words: { verb: 'Reprocess', button: 'Reprocess', done: 'Reprocessing' },
    example: exampleJob,
  },
  skip: {
    ...{ subject: 'job', arguments: plan, planned: true, danger: true },
    summary: 'give a job up, with its parts and all that depend on it',
    effect: planEffect('skip'),
    words: { verb: 'Skip', button: 'Skip', done: 'Skipped' },
    example: exampleJob,
  },
  'set-managed': {
    ...{ subject: 'managed', arguments: managedSettings },
    summary: 'switch a managed process on or off, or change its trigger or arguments',
    effect: 'Holds from the next firing on. Units of work that exist keep their arguments.',
    words: { verb: 'Change', button: 'Save', done: 'Saved' },
    example: { processName: 'SiteHourly', on: true, ...exampleSettings },
  },
  'fire-managed': {
    ...{ subject: 'managed', arguments: {} },
    summary: 'look at the active periods of a managed process now, as its trigger does',
    effect: 'Looks at its active periods now, as if its trigger had fired. Whatever has to wait still waits.',
    words: { verb: 'Fire', button: 'Fire now', done: 'Fired' },
    example: { processName: 'SiteHourly' },
  },
  'add-freerun': {
    ...{ subject: 'entry', arguments: { trigger, ...entrySettings } },
    summary: 'add an entry to a freerun process',
    effect: 'A schedule of a registered freerun process, with arguments of its own.',
    words: { verb: 'Create', button: 'Create', done: 'Created' },
    example: { ...exampleEntry, ...exampleEntrySettings },
  },
  'set-freerun': {
    ...{ subject: 'entry', arguments: { ...managedSettings, ...entrySettings, ...atVersion } },
    summary: 'change an entry, from its next firing on',
    effect: 'Holds from the next firing on; nothing that is past fires again.',
    words: { verb: 'Change', button: 'Save', done: 'Saved' },
    example: { ...exampleEntry, on: true, ...exampleEntrySettings, ...exampleVersion },
  },
  'remove-freerun': {
    ...{ subject: 'entry', arguments: atVersion, danger: true },
    summary: 'remove an entry that was added by hand',
    effect: 'The entry fires no more; its units of work and their logs stay as long as history is kept.',
    words: { verb: 'Remove', button: 'Remove', done: 'Removed' },
    example: { ...exampleEntry, ...exampleVersion },
  },
  'fire-freerun': {
    ...{ subject: 'entry', arguments: { arguments: firingArguments } },
    summary: 'fire an entry now',
    effect: 'Publishes a unit of work now, beside its schedule; the overlap policy holds.',
    words: { verb: 'Fire', button: 'Fire now', done: 'Fired' },
    example: { ...exampleEntry, arguments: { days: 1 } },
  },
  ...triggerCommands,
  'cancel-uow': {
    ...{ subject: 'uow', arguments: atVersion, danger: true },
    summary: 'give unfinished units up; their jobs are skipped',
    effect:
      'A worker that is on it is told to stop, and its result will not count. A job is skipped with its unit, and so is what depends on it and blocks on its dependencies.',
    words: { verb: 'Cancel', button: 'Cancel the unit', done: 'Canceled' },
    example: exampleUnit,
  },
  'release-uow': {
    ...{ subject: 'uow', arguments: atVersion },
    summary: 'let quarantined units, or ones that wait for their retry, begin anew at once',
    effect:
      'It is handed to a worker at once, with as many attempts as a new one: see first that what broke it is mended.',
    words: { verb: 'Release', button: 'Release the unit', done: 'Released' },
    example: exampleUnit,
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

type Table = typeof commandTable;
export type CommandKind = keyof Table;

/** All kinds, in the order of the table. */
export const commandKinds = Object.keys(commandTable) as CommandKind[];

export const isCommandKind = (kind: string): kind is CommandKind => Object.hasOwn(commandTable, kind);

export type KindAbout<S extends Subject> = {
  [K in CommandKind]: Table[K] extends { readonly subject: S } ? K : never;
}[CommandKind];

/** Whether a command changes event triggers, or makes executions of them. */
export const isTriggerKind = (kind: string): boolean =>
  kind === 'resend-execution' ||
  (isCommandKind(kind) && ['trigger', 'triggers'].includes(commandTable[kind].subject));

/** Kinds of commands about one sort of thing. */
export const kindsAbout = <S extends Subject>(subject: S): KindAbout<S>[] =>
  commandKinds.filter((kind): kind is KindAbout<S> => commandTable[kind].subject === subject);

/** Kinds about a job, which take others along; their plan is shown before. */
export type CascadeKind = KindAbout<'job'>;

export const cascadeKinds = kindsAbout('job');

export const isCascadeKind = (kind: CommandKind): kind is CascadeKind => commandTable[kind].subject === 'job';

/** A command of one kind, with its arguments. */
export type CommandOf<K extends CommandKind> = Readonly<
  z.core.$InferObjectOutput<(typeof subjects)[Table[K]['subject']] & Table[K]['arguments'], { kind: K }>
>;

/** A command with its arguments, of any kind. */
export type Command = { [K in CommandKind]: CommandOf<K> }[CommandKind];

export type CascadeCommand = { [K in CascadeKind]: CommandOf<K> }[CascadeKind];

/** Schemas of all arguments of a kind. */
export const argumentsOf = (kind: CommandKind): Fields => {
  const { subject, arguments: own }: CommandRow = commandTable[kind];
  return { ...subjects[subject], ...own };
};
