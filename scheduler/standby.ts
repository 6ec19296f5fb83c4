import type { Timetable } from '../domain/timetable/timetable.ts';
import { createRetry } from '../lib/retry.ts';
import type { Logger } from '../domain/logger.ts';
import { readTimetable } from './engine/load-timetable.ts';
import type { TimetableOptions } from './engine/load-timetable.ts';
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
}

interface Warm {
  readonly timetable: Timetable;
  readonly register: string;
  readonly follower: Follower;
}

const textOf = (register: Register): string => JSON.stringify([...register]);

export const createStandby = (options: TimetableOptions & { readonly log: Logger }): Standby => {
  const { store, timetableClock, log } = options;
  const retry = createRetry('follow the scheduler at work', log);
  let warm: Warm | undefined;
  const load = async (): Promise<Warm> => {
    // First: what is written while the jobs are read is followed.
    const since = await store.journalReach();
    const { timetable, register } = await readTimetable(options);
    const follower = new Follower({ store, timetable, timetableClock, since });
    log.info('stands by with the timetable of the scheduler at work');
    return { timetable, register: textOf(register), follower };
  };
  return {
    look: async (stopping) => {
      try {
        warm ??= await load();
        await warm.follower.look();
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
  };
};
