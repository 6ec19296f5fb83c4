import { SynergyError } from '../../domain/errors.ts';

type Method = (...args: never[]) => Promise<unknown>;

/** Lets calls through until it is closed. */
export const createCloseGuard = () => {
  const under = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const pass =
    (method: Method): Method =>
    async (...args) => {
      if (closing !== undefined) throw new SynergyError('STOPPED', 'the store is closed');
      const call = method(...args).finally(() => under.delete(call));
      under.add(call);
      return call;
    };

  return {
    /** The same methods, which reject with `STOPPED` once the gate is closed. */
    guard: <M extends { readonly [K in keyof M]: Method }>(methods: M): M =>
      Object.fromEntries(
        Object.entries<Method>(methods).map(([name, method]) => [name, pass(method)]),
      ) as unknown as M,
    /** Waits for the calls under way, then runs `end`; later calls wait for the first one. */
    close: (end: () => Promise<void>): Promise<void> => (closing ??= Promise.allSettled(under).then(end)),
  };
};
