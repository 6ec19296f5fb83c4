import { defineContext, managedProcess, tree } from '../../domain/model/define.ts';
import type { ManagedOptions, ManagedProcess, ProcessContext, Tree } from '../../domain/model/process.ts';
import type { Qualifier } from '../../domain/time/qualifier.ts';

/** Options of a test process beside its name and qualifier. */
export type Extra = Partial<Omit<ManagedOptions, 'name' | 'qualifier'>>;

/** A managed process that an identity worker sees to. */
export const managed = (name: string, qualifier: Qualifier, extra: Extra = {}): ManagedProcess =>
  managedProcess({ name, qualifier, identity: true, ...extra });

/** A tree of its own context: its processes, and what it depends on. */
export interface TreeOfProcesses {
  readonly processes: readonly ManagedProcess[];
  readonly dependsOn?: readonly string[];
}

/** A context out of trees by their names. */
export const contextOf = (trees: Readonly<Record<string, TreeOfProcesses>>): ProcessContext => {
  const named = ([name, { processes, dependsOn = [] }]: [string, TreeOfProcesses]): Tree =>
    tree({ name, processes: processes.map((process) => process.name), dependsOn });
  return defineContext({
    processes: Object.values(trees).flatMap(({ processes }) => processes),
    trees: Object.entries(trees).map(named),
  });
};

/** What the cases take for granted: when it is, and where the timetable starts. */
export const cases = {
  now: Date.UTC(2015, 5, 2, 3, 30),
  startTimeperiod: '2015053122',
  start: Date.UTC(2015, 4, 31, 22),
} as const;

/**
 * The five trees that the cases are told about, all discrete with a grouping of 1 unless they say otherwise.
 * `extras` are added to the options of a process, by its name.
 */
export const casesContext = (extras: Readonly<Record<string, Extra>> = {}): ProcessContext => {
  const process = (name: string, qualifier: Qualifier, extra: Extra): ManagedProcess =>
    managed(name, qualifier, { ...extra, ...extras[name] });
  const children: Extra = { blocking: 'children' };
  return contextOf({
    site: {
      processes: [
        process('SiteYearly', 'yearly', children),
        process('SiteMonthly', 'monthly', children),
        process('SiteDaily', 'daily', children),
        process('SiteHourly', 'hourly', { blocking: 'normal' }),
      ],
    },
    client: {
      processes: [
        process('ClientMonthly', 'monthly', children),
        process('ClientDaily', 'daily', { blocking: 'dependencies' }),
      ],
      dependsOn: ['site'],
    },
    stream: { processes: [process('StreamHourly', 'hourly', { strategy: 'continuous' })] },
    group: { processes: [process('GroupHourly', 'hourly', { grouping: 3 })] },
    eager: {
      processes: [
        process('EagerDaily', 'daily', { blocking: 'normal' }),
        process('EagerHourly', 'hourly', {}),
      ],
    },
  });
};
