import { SynergyError } from '../../domain/errors.ts';
import type { Store } from '../../db/store.ts';
import { commandRecord } from '../commands/check-command.ts';
import { sealSecrets } from '../commands/seal-secrets.ts';
import { throughLeader } from '../commands/through-leader.ts';
import type { SchedulerOptions } from '../build.ts';
import type { ApiFor } from './api.ts';

/** The refusal of what only the scheduler at work does; `what` begins the sentence. */
export const standingBy = (what: string): SynergyError =>
  new SynergyError(
    'STANDING_BY',
    `${what} by the scheduler at work alone, and this one stands by: ask at the box at work, or here again when this one has taken over`,
  );

const refuse = (): Promise<never> => Promise.reject(standingBy('that is done'));

/** The store for one that stands by, whatever asks it: nothing is written. */
export const readOnly = (store: Store): Store => ({
  ...store,
  commit: refuse,
  expireUows: refuse,
  expireTransitions: refuse,
  collection: (spec) => ({
    ...store.collection(spec),
    ...{ put: refuse, insertNew: refuse, compareAndSet: refuse, remove: refuse },
  }),
});

/** The interface over a timetable that is followed: commands are carried out by the scheduler at work. */
export const standbyApi =
  ({ store, queue, clock, seal }: SchedulerOptions, apiFor: ApiFor): ApiFor =>
  (request) => {
    const api = apiFor(request);
    const workers = Object.keys(api.workers).map((name) => [
      name,
      () => Promise.reject(standingBy('units of work are handed out')),
    ]);
    return {
      ...api,
      workers: Object.fromEntries(workers) as typeof api.workers,
      execute: async (asked) => {
        const record = commandRecord(await sealSecrets(asked, seal), {
          actor: request.actor,
          now: clock.now(),
        });
        return throughLeader({ store, queue }, record);
      },
    };
  };
