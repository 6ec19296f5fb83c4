import { EVENTS, triggerEntry } from '../event/trigger.ts';
import type { CommandRecord, FreerunEntryRecord, JobKey, UowRecord } from './record.ts';

/**
 * What a text key names. Keys are made of names, which hold none of the marks `:`, `/` and `#` (see `name.ts`): `Process`,
 * `Process:entry`, `Process/timeperiod` and, for a unit of work, `Process/timeperiod#run` or `Process:entry/instant#run`. The
 * entry that an event trigger is has a name of two parts, `owner/id`.
 */
export type EntityRef =
  | { readonly kind: 'process'; readonly processName: string }
  | { readonly kind: 'entry'; readonly processName: string; readonly entryName: string }
  | ({ readonly kind: 'job' } & JobKey)
  | {
      readonly kind: 'uow';
      readonly processName: string;
      /** Null for the unit of a job. */
      readonly entryName: string | null;
      readonly timeperiod: string;
      /** Sequence number, or what else tells the run. */
      readonly run: string;
    };

/** Text key of a job, used in the journal, in plans and in `consumed`. */
export const jobKeyText = ({ processName, timeperiod }: JobKey): string => `${processName}/${timeperiod}`;

/** Text key of a freerun entry. Joined: kept by the hundred thousand, a template would take half as much again in memory. */
export const entryKeyText = (processName: string, entryName: string): string =>
  [processName, entryName].join(':');

/** Key of the freerun entry of a text key; the name of the entry is empty where the text names none. */
export const entryKeyOf = (text: string): Pick<FreerunEntryRecord, 'processName' | 'entryName'> => {
  const [processName = '', entryName = ''] = text.split(':', 2);
  return { processName, entryName };
};

/** Id of the unit of work of a job's `sequence`-th run, from 1. */
export const jobUowId = (key: JobKey, sequence: number): string => `${jobKeyText(key)}#${sequence}`;

/** What all units of work have alike when they are requested. Spread it last: V8 takes a hundred times as long to add to it. */
export const freshUow = {
  state: 'REQUESTED',
  version: 1,
  attempt: 0,
  token: null,
  lease: null,
  startedAt: null,
  finishedAt: null,
  processed: 0,
  aggregated: 0,
  crashes: 0,
  retryAt: null,
  error: null,
  progress: null,
  released: null,
} as const satisfies Partial<UowRecord>;

/** What all freerun entries have alike before their first change. */
export const freshEntry = {
  lastFiredAt: null,
  seenUntil: null,
  relatedUow: null,
  buffered: false,
  owedArguments: null,
  removed: false,
  version: 0,
} as const satisfies Partial<FreerunEntryRecord>;

const FORM = /^([^:/#]+)(?::([^:/#]+(?:\/[^:/#]+)?))?(?:\/([^:/#]+)(?:#(.+))?)?$/s;

/** Reads a text key; undefined when it is none. */
export const entityRef = (text: string): EntityRef | undefined => {
  const [, processName, entryName, timeperiod, run] = FORM.exec(text) ?? [];
  if (processName === undefined) return undefined;
  if (timeperiod === undefined)
    return entryName === undefined
      ? { kind: 'process', processName }
      : { kind: 'entry', processName, entryName };
  if (run !== undefined) return { kind: 'uow', processName, entryName: entryName ?? null, timeperiod, run };
  return entryName === undefined ? { kind: 'job', processName, timeperiod } : undefined;
};

/** Rows of the journal: those of one entity, and of all whose ids begin so. */
export interface TransitionsOf {
  readonly entityId?: string;
  readonly entityPrefixes?: readonly string[];
}

/** What the journal is asked for: the key of a job, a unit of work, a freerun entry or a process. */
export const transitionsOf = (entity: string): TransitionsOf => {
  switch (entityRef(entity)?.kind) {
    case 'process':
      return { entityPrefixes: [`${entity}/`, `${entity}:`] };
    case 'entry':
      return { entityId: entity, entityPrefixes: [`${entity}/`] };
    default:
      return { entityId: entity };
  }
};

/** What a command is about, see `CommandRecord`. */
export type CommandSubject = Pick<CommandRecord, 'processName' | 'belongsTo' | 'entity'>;

/**
 * What a command about several event triggers is about: what their keys begin with, which names the owner where it is that
 * of all.
 */
const subjectOfMany = (triggers: readonly unknown[]): CommandSubject => {
  const owners = new Set(triggers.map((each) => (each as { readonly owner?: unknown } | null)?.owner));
  const [owner] = owners;
  const shared = owners.size === 1 && typeof owner === 'string' ? `${owner}/` : '';
  return { processName: EVENTS, belongsTo: '', entity: `${EVENTS}:${shared}` };
};

/** What a command of such arguments is about; empty texts where they name nothing. */
export const commandSubject = (given: CommandRecord['arguments']): CommandSubject => {
  const { triggers } = given;
  if (Array.isArray(triggers)) return subjectOfMany(triggers);
  // Of all triggers of its owner.
  if (given['secretName'] !== undefined) return subjectOfMany([given]);
  const textIn = (name: string): string => {
    const value = given[name];
    return typeof value === 'string' ? value : '';
  };
  const [processName, entryName] = [textIn('processName'), textIn('entryName')];
  const [timeperiod, uowId] = [textIn('timeperiod'), textIn('uowId')];
  const triggerId = textIn('triggerId');
  const ofProcess =
    triggerId !== ''
      ? entryKeyText(EVENTS, triggerEntry({ owner: textIn('owner'), id: triggerId }))
      : entryName !== ''
        ? entryKeyText(processName, entryName)
        : timeperiod !== ''
          ? jobKeyText({ processName, timeperiod })
          : processName;
  const entity = uowId === '' ? ofProcess : uowId;
  const ref = entityRef(entity);
  const belongsTo =
    ref === undefined || ref.kind === 'process' ? '' : ref.kind === 'uow' ? ownerOf(ref) : entity;
  return { processName: ref?.processName ?? processName, belongsTo, entity };
};

const ownerOf = ({ processName, entryName, timeperiod }: EntityRef & { readonly kind: 'uow' }): string =>
  entryName === null ? jobKeyText({ processName, timeperiod }) : entryKeyText(processName, entryName);

/** The field by which commands about an entity are found, and about all that belongs to it. */
export const subjectField = (entity: string): keyof CommandSubject => {
  switch (entityRef(entity)?.kind) {
    case 'process':
      return 'processName';
    case 'entry':
    case 'job':
      return 'belongsTo';
    default:
      return 'entity';
  }
};
