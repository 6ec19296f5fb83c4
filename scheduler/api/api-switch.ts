import type { ApiFor } from './api.ts';
import type { LiveEvent } from './live-event.ts';

/** An interface that goes over from one scheduler to another, with those who listen to it. */
export const createApiSwitch = (first: ApiFor) => {
  const listeners = new Set<(event: LiveEvent) => void>();
  const signal = new AbortController().signal;
  let current = first;
  let sequence = 0;
  // Clients go on behind the number of the last event that they heard: these rise over all.
  const listen = (): (() => void) =>
    current({ actor: 'scheduler', signal }).subscribe((event) => {
      sequence++;
      for (const listener of listeners) listener({ ...event, sequence });
    });
  let unlisten = listen();
  const apiFor: ApiFor = (request) => ({
    ...current(request),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  return {
    apiFor,
    to: (next: ApiFor): void => {
      unlisten();
      current = next;
      unlisten = listen();
    },
  };
};

export type ApiSwitch = ReturnType<typeof createApiSwitch>;
