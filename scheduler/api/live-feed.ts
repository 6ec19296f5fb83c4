import type { Logger } from '../../domain/logger.ts';
import type { JobKey, UowRecord } from '../../domain/model/record.ts';
import { liveExecution } from './live-event.ts';
import type { LiveEvent, LiveExecution, LiveTrigger } from './live-event.ts';

/** Listeners are told at most this often. Milliseconds. */
const LIVE_PAUSE = 200;

/** What the parts of the scheduler tell of event triggers. */
export interface EventFeed {
  readonly trigger: (change: LiveTrigger) => void;
  /** A unit of work as it is now; those of other processes are passed over. */
  readonly execution: (uow: UowRecord) => void;
}

/** Things gathered by owner. */
const createGathering = <T>() => {
  let gathered = new Map<string, T[]>();
  return {
    add: (owner: string, thing: T): void => {
      const known = gathered.get(owner);
      if (known === undefined) gathered.set(owner, [thing]);
      else known.push(thing);
    },
    take: (): ReadonlyMap<string, T[]> => {
      const taken = gathered;
      gathered = new Map();
      return taken;
    },
  };
};

type Listener = (event: LiveEvent) => void;

/** Those who are told; one that throws does not affect the others. */
const createListeners = (log: Logger) => {
  const listeners = new Set<Listener>();
  return {
    isEmpty: (): boolean => listeners.size === 0,
    subscribe: (listener: Listener): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell: (event: LiveEvent): void => {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          log.error(`a listener to live events threw: ${String(error)}`, { sequence: event.sequence });
        }
      }
    },
  };
};

/** Gathers what changed and tells live pages about it at a bearable pace. */
export const createLiveFeed = (log: Logger) => {
  const { isEmpty, subscribe, tell } = createListeners(log);
  let jobs: JobKey[] = [];
  const triggers = createGathering<LiveTrigger>();
  const executions = createGathering<LiveExecution>();
  let sequence = 0;
  let timer: NodeJS.Timeout | undefined;
  const tellAll = (): void => {
    timer = undefined;
    const changed = jobs;
    jobs = [];
    if (changed.length > 0) tell({ sequence: ++sequence, topic: 'jobs', changed });
    for (const [owner, changed] of triggers.take())
      tell({ sequence: ++sequence, topic: 'triggers', owner, changed });
    for (const [owner, changed] of executions.take())
      tell({ sequence: ++sequence, topic: 'executions', owner, changed });
  };
  const gather = (add: () => void): void => {
    if (isEmpty()) return;
    add();
    timer ??= setTimeout(tellAll, LIVE_PAUSE);
  };
  const events: EventFeed = {
    trigger: (change) => gather(() => triggers.add(change.owner, change)),
    execution: (uow) => {
      const found = isEmpty() ? undefined : liveExecution(uow);
      if (found !== undefined) gather(() => executions.add(found.owner, found.told));
    },
  };
  return { add: (keys: readonly JobKey[]): void => gather(() => jobs.push(...keys)), events, subscribe };
};
