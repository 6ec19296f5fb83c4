import { SynergyError } from '../../domain/errors.ts';
import type { Logger } from '../../domain/logger.ts';
import { oneLine } from '../../domain/one-line.ts';
import type { Json } from '../../domain/model/process.ts';
import { getFact, putFact } from '../../db/collections.ts';
import type { FactStore } from '../../db/collections.ts';
import type { SchedulerContext } from '../context.ts';

/** Calls `run` at the instants of a cron expression, until the answer is called. */
export type ScheduleCron = (expression: string, timeZone: string, run: () => void) => () => void;

/** What a run of a task came to. */
export interface HousekeepingResult {
  /** What it did, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** What a person has to see to, a line each; none by default. */
  readonly findings?: readonly string[];
}

/** Work that the leading scheduler does on the housekeeping clock. */
export interface HousekeepingTask {
  /** Its runs are logged and kept under it. */
  readonly name: string;
  /** Cron expression as node-cron reads it, or `off`. */
  readonly cron: string;
  /** Runs once when the scheduler has begun as well: it may seldom be at work when the task is due. */
  readonly atStart?: true;
  /** What a person does about its findings and failures. */
  readonly advice: string;
  /** Rejects when it failed. Ends soon after `stopping` aborts, in whatever way. */
  readonly run: (shared: SchedulerContext, stopping: AbortSignal) => Promise<HousekeepingResult>;
}

/** The housekeeping of a scheduler; handed in by the composition root. */
export interface HousekeepingPlan {
  readonly tasks: readonly HousekeepingTask[];
  /** IANA name of the zone whose wall clock the expressions are of. */
  readonly timeZone: string;
  readonly schedule: ScheduleCron;
}

/** The last run of a task that came to its end. */
export interface HousekeepingRun {
  readonly task: string;
  /** Instant of its beginning, ms. */
  readonly at: number;
  readonly ms: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Why it failed, in one line; null when it did not. */
  readonly failure: string | null;
  /** What a person has to see to; those of the run before where this one failed. */
  readonly findings: readonly string[];
  readonly advice: string;
}

const FACT = 'housekeeping';

/** For what the next run writes anew. */
export const noneIfUnreadable = (error: unknown): undefined => {
  if (error instanceof SynergyError && error.code === 'VALUE_UNREADABLE') return undefined;
  throw error;
};

/** The last run of each task that is not off. */
export const housekeepingRuns = async (store: FactStore): Promise<readonly HousekeepingRun[]> =>
  ((await getFact(store, FACT).catch(noneIfUnreadable)) ?? []) as unknown as HousekeepingRun[];

const reasonOf = (error: unknown): string => oneLine(error instanceof Error ? error.message : String(error));

const tell = (log: Logger, { task, ms, counts, failure, findings, advice }: HousekeepingRun): void => {
  if (failure !== null) {
    log.error(
      `housekeeping: ${task} failed after ${ms} ms: ${failure}; ${advice}; it runs again when it is due`,
    );
    return;
  }
  log.info(`housekeeping: ${task} ended`, { ms, ...counts });
  if (findings.length > 0) log.error(`housekeeping: ${task} found: ${findings.join('; ')}; ${advice}`);
};

/** Keeps the last run of each of these tasks, one write after the other; never rejects. */
const keeperOf = (
  tasks: readonly HousekeepingTask[],
  { store, log }: SchedulerContext,
): ((run: HousekeepingRun) => Promise<void>) => {
  let keeping = Promise.resolve();
  const keep = async (run: HousekeepingRun): Promise<void> => {
    const runs = await housekeepingRuns(store);
    const before = runs.find(({ task }) => task === run.task)?.findings ?? [];
    const findings = run.failure === null ? run.findings : before;
    const others = runs.filter(({ task }) => task !== run.task && tasks.some(({ name }) => name === task));
    await putFact(store, FACT, [...others, { ...run, findings }] as unknown as Json);
  };
  return (run) =>
    (keeping = keeping
      .then(() => keep(run))
      .catch((error: unknown) => {
        log.warn(`the run of ${run.task} is not kept for the overview: ${reasonOf(error)}`);
      }));
};

/** Puts tasks on the clock of a plan, and takes them off; answers whether they were on. */
const createCronTable = (
  { schedule, timeZone }: HousekeepingPlan,
  tasks: readonly HousekeepingTask[],
  begin: (task: HousekeepingTask) => void,
) => {
  let unschedule: readonly (() => void)[] | undefined;
  return {
    start: (): void => {
      unschedule = tasks.map((task) => schedule(task.cron, timeZone, () => begin(task)));
    },
    stop: (): boolean => {
      const wasOn = unschedule !== undefined;
      for (const stop of unschedule ?? []) stop();
      unschedule = undefined;
      return wasOn;
    },
  };
};

/** Runs the tasks of a plan by its clock, from `start` to `stop`, each one at a time. */
export const createHousekeeping = (plan: HousekeepingPlan, shared: SchedulerContext) => {
  const { clock, log } = shared;
  const tasks = plan.tasks.filter(({ cron }) => cron !== 'off');
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();
  const keep = keeperOf(tasks, shared);

  const runTask = async ({ name, advice, run }: HousekeepingTask): Promise<void> => {
    const at = clock.now();
    const ended = (rest: Pick<HousekeepingRun, 'counts' | 'failure' | 'findings'>): HousekeepingRun => ({
      ...{ task: name, at, ms: clock.now() - at, advice },
      ...rest,
    });
    const last = await run(shared, stopping.signal).then(
      ({ counts, findings = [] }) => ended({ counts, findings, failure: null }),
      (error: unknown) => ended({ counts: {}, findings: [], failure: reasonOf(error) }),
    );
    if (stopping.signal.aborted) return log.info(`housekeeping: ${name} was stopped`, { ms: last.ms });
    tell(log, last);
    await keep(last);
  };

  const begin = (task: HousekeepingTask): void => {
    if (running.has(task.name))
      return log.warn(`housekeeping: ${task.name} is due while its last run is under way, and left out`);
    running.set(
      task.name,
      runTask(task).finally(() => running.delete(task.name)),
    );
  };

  const cronTable = createCronTable(plan, tasks, begin);
  return {
    start: (): void => {
      cronTable.start();
      for (const task of tasks) if (task.atStart) begin(task);
    },
    /** The clock was set back: instants that stand are reckoned anew, or the tasks would wait until it is where it was. */
    rearm: (): void => {
      if (cronTable.stop()) cronTable.start();
    },
    /** Resolves when no task is under way any more. */
    stop: async (): Promise<void> => {
      stopping.abort();
      cronTable.stop();
      await Promise.all(running.values());
    },
  };
};

export type Housekeeping = ReturnType<typeof createHousekeeping>;
