import { SynergyError } from '../../domain/errors.ts';

type Method = (...args: never[]) => Promise<unknown>;

/** Lets calls through until it is closed. */
export interface CloseGuard {
  /** The same methods, which reject with `STOPPED` once the gate is closed. */
  readonly guard: <M extends object>(methods: M) => M;
  /** Waits for the calls under way, then runs `end`; later calls wait for the first one. */
  readonly close: (end: () => Promise<void>) => Promise<void>;
}

export const createCloseGuard = (): CloseGuard => {
  const under = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const pass =
    (method: Method): Method =>
    async (...args) => {
      if (closing !== undefined) throw new SynergyError('STOPPED', 'the store is closed');
      const call = method(...args);
      under.add(call);
      try {
        return await call;
      } finally {
        under.delete(call);
      }
    };

  return {
    guard: (methods) =>
      Object.fromEntries(
        Object.entries(methods).map(([name, method]) => [name, pass(method as Method)]),
      ) as typeof methods,
    close: (end) => {
      closing ??= Promise.allSettled(under).then(end);
      return closing;
    },
  };
};
