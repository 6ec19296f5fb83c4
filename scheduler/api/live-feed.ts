import type { Logger } from '../../domain/logger.ts';
import type { JobKey } from '../../domain/model/record.ts';
import type { LiveEvent } from './api.ts';

/** Listeners are told at most this often. Milliseconds. */
const LIVE_PAUSE = 200;

/** Gathers what changed and tells live pages about it at a bearable pace. A listener that throws does not affect the others. */
export const createLiveFeed = (log: Logger) => {
  const listeners = new Set<(event: LiveEvent) => void>();
  let changed: JobKey[] = [];
  let sequence = 0;
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    timer = undefined;
    const event = { sequence: ++sequence, changed };
    changed = [];
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        log.error(`a listener to live events threw: ${String(error)}`, { sequence: event.sequence });
      }
    }
  };
  return {
    add: (keys: readonly JobKey[]): void => {
      if (listeners.size === 0) return;
      changed.push(...keys);
      timer ??= setTimeout(tell, LIVE_PAUSE);
    },
    subscribe: (listener: (event: LiveEvent) => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
