import { fileURLToPath } from 'node:url';
import type {
  FreerunProcessOptions,
  ManagedProcessOptions,
  TreeOptions,
} from '../../domain/model/process.ts';
import { current } from '../../domain/time/timeperiod.ts';
import type { Form, Place } from './fault.ts';

/** What a world has to do. */
export interface Workload {
  /** Days of 24 hours that are over when it starts. */
  readonly days: number;
  /** Handlers at once of each of the two hourly processes. Default 8. */
  readonly concurrency?: number;
  /** None of the hours waits for the one before it: as many as there is room for at once. */
  readonly isUnordered?: true;
  /** Export of fixtures/work.mjs that works on the hours. Default `work`. */
  readonly handler?: string;
  /** Arguments for it. */
  readonly arguments?: Readonly<Record<string, string | number>>;
  /** Options of the hourly processes beyond that. */
  readonly options?: Partial<Omit<ManagedProcessOptions, 'name'>>;
  /** The timetable goes by the clock on the wall; by default it starts where no hour ends for a while. */
  readonly isNow?: true;
  /** When a failed unit is tried again. Default after 1 to 2 seconds. */
  readonly retry?: { readonly delay: string; readonly maxDelay: string };
  /** Command of the daily process. */
  readonly shell?: string;
  /** Settings other than the defaults. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** Days that keep a world busy for a few seconds, or for some minutes; servers are slower at them. */
export const daysFor = (form: Form, place: Place): number => {
  if (form === 'long') return place === 'servers' ? 60 : 150;
  return place === 'servers' ? 4 : 12;
};

/** A context as plain data. */
export interface ContextData {
  readonly managed: readonly ManagedProcessOptions[];
  readonly freerun: readonly FreerunProcessOptions[];
  readonly trees: readonly TreeOptions[];
}

/** The last hour has just fallen due, and for most of an hour no other does. */
const AS_OF = Date.UTC(2015, 5, 1, 0, 6);
const HOUR = 3_600_000;
const CONCURRENCY = 8;

const module = fileURLToPath(new URL('fixtures/work.mjs', import.meta.url));

/** Time of a world's timetable when it is started first, ms. */
export const timeOf = ({ isNow }: Workload): number => (isNow ? Date.now() : AS_OF);

/** Settings of the timetable, for a world that is made at the instant `now` of it. */
export const timetableOf = (
  { days, isNow }: Workload,
  now: number,
): { startTimeperiod: string; asOf?: string } => ({
  startTimeperiod: current('hourly', now - days * 24 * HOUR),
  ...(isNow ? {} : { asOf: new Date(now).toISOString() }),
});

/** Jobs that are to be finished in the end. */
export const jobsOf = ({ days }: Workload): number => days * (24 + 24 + 1 + 1);

/**
 * Hours under days, hours in order that wait for them, days whose work is a command, and an entry that fires all the
 * while. Handlers write what they do to the file `effects`.
 */
export const contextOf = (workload: Workload, effects: string): ContextData => {
  const {
    concurrency = CONCURRENCY,
    handler = 'work',
    options = {},
    shell = 'sleep 0.2; echo done',
    retry = { delay: '1s', maxDelay: '2s' },
  } = workload;
  // By the clock on the wall, an hour may just be over.
  const lag = workload.isNow ? { startLag: 0 } : {};
  const handled = (name: string) => ({ handler: module, export: name, arguments: { effects }, retry });
  const hours = {
    ...handled(handler),
    qualifier: 'hourly',
    concurrency,
    arguments: { effects, ...workload.arguments },
  } as const;
  return {
    managed: [
      { ...hours, ...options, name: 'Hour' },
      { name: 'Day', qualifier: 'daily', blocking: 'children', concurrency: 2, ...handled('work') },
      {
        ...hours,
        name: 'After',
        ordered: workload.isUnordered !== true,
        blocking: 'dependencies',
        ...handled('work'),
      },
      { name: 'Shell', qualifier: 'daily', command: ['sh', '-c', shell], retry },
    ].map((options) => ({ ...options, ...lag }) as ManagedProcessOptions),
    freerun: [{ name: 'Tick', ...handled('work'), entries: [{ name: 'tick', trigger: 'every 2s' }] }],
    trees: [
      { name: 'hours', processes: ['Hour', 'Day'] },
      { name: 'after', processes: ['After'], dependsOn: ['hours'] },
      { name: 'shell', processes: ['Shell'] },
    ],
  };
};

/** The text of a context file. */
export const contextText = ({ managed, freerun, trees }: ContextData): string => `
import { defineContext, freerunProcess, managedProcess } from 'synergy-scheduler';
export default defineContext({
  processes: [
    ...${JSON.stringify(managed)}.map((options) => managedProcess(options as never)),
    ...${JSON.stringify(freerun)}.map((options) => freerunProcess(options as never)),
  ],
  trees: ${JSON.stringify(trees)},
});
`;
