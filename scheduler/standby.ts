import type { Timetable } from '../domain/timetable/timetable.ts';
import { createRetry } from '../lib/retry.ts';
import type { ApiFor } from './api/api.ts';
import { readOnly, standbyApi } from './api/standby-api.ts';
import { buildScheduler } from './build.ts';
import type { Assembly, SchedulerOptions } from './build.ts';
import { readTimetable } from './engine/load-timetable.ts';
import { loadManagedEntries } from './engine/managed-entries.ts';
import { Follower } from './follow.ts';
import { readRegister } from './register.ts';
import type { Register } from './register.ts';

/** A scheduler that is not at work and has the timetable of the one that is. It decides nothing, and writes nothing. */
export interface Standby {
  /** Takes over what became of the timetable since the last look; the first one loads it. Never rejects. */
  look(stopping: AbortSignal): Promise<void>;
  /**
   * The timetable, for this process, which has begun to lead, and has what the scheduler before left half written behind it.
   * Undefined where it has to be loaded: it was not yet, or its periods are grouped otherwise since.
   */
  take(): Promise<Timetable | undefined>;
  /** Reads from the timetable that is followed, and leaves commands with the scheduler at work; undefined until it is loaded. */
  apiFor(): ApiFor | undefined;
  /** How long ago its last look was begun that came to its end, ms. */
  age(): number;
}

interface Warm {
  readonly timetable: Timetable;
  readonly register: string;
  readonly follower: Follower;
  readonly assembly: Assembly;
  readonly apiFor: ApiFor;
}

const textOf = (register: Register): string => JSON.stringify([...register]);

export const createStandby = (options: SchedulerOptions): Standby => {
  const { store, context, clock, timetableClock, log } = options;
  const retry = createRetry('follow the scheduler at work', log);
  let warm: Warm | undefined;
  let seenAt = clock.now();
  const age = (): number => Math.max(0, clock.now() - seenAt);
  const load = async (): Promise<Warm> => {
    // First: what is written while the jobs are read is followed.
    const since = await store.journalReach();
    const { timetable, register } = await readTimetable(options);
    const follower = new Follower({ store, timetable, timetableClock, since });
    const leader = { isAtWork: () => false, epoch: () => 0, age };
    const assembly = await buildScheduler({ ...options, store: readOnly(store) }, leader, timetable);
    assembly.services.events.planner.leave();
    log.info('stands by with the timetable of the scheduler at work');
    const apiFor = standbyApi(options, assembly.apiFor);
    return { timetable, register: textOf(register), follower, assembly, apiFor };
  };
  const follow = async ({ follower, assembly }: Warm): Promise<void> => {
    const { entries } = assembly.services.shared;
    const changed = await follower.look();
    for (const [name, entry] of await loadManagedEntries(context, store)) entries.set(name, entry);
    if (changed.length > 0) assembly.tell(changed);
  };
  return {
    look: async (stopping) => {
      const begun = clock.now();
      try {
        warm ??= await load();
        await follow(warm);
        seenAt = begun;
        retry.over();
      } catch (error) {
        if (!stopping.aborted) retry.failed(error);
      }
    },
    take: async () => {
      if (warm === undefined || textOf(await readRegister(store)) !== warm.register) return undefined;
      await warm.follower.look();
      return warm.timetable;
    },
    apiFor: () => warm?.apiFor,
    age,
  };
};
