import { createCollections } from '../../db/collection-rows.ts';
import type { CollectionRows } from '../../db/collection-rows.ts';
import { takingFitValues } from '../../db/fit-values.ts';
import type { DataStore, Lock, Store } from '../../db/store.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { StoreServer } from './server.ts';

/** How a call gets to the server and its answer back. `what` names it. */
export type Carry = <T>(what: string, call: () => T, detail: readonly unknown[]) => Promise<T>;

/** How a lock is asked for and kept. */
export type TakeLock = (name: string) => Promise<Lock | undefined>;

type Method = (...parameters: unknown[]) => unknown;

/** Every method of a server, as a call that is carried there. */
const carried = (
  server: Readonly<Record<string, unknown>>,
  carry: Carry,
  prefix: string,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(server)
      .filter((entry): entry is [string, Method] => typeof entry[1] === 'function')
      .map(([name, method]) => [
        name,
        (...parameters: unknown[]) => carry(`${prefix}${name}`, () => method(...parameters), parameters),
      ]),
  );

/** A connection to a store: its calls are carried to the server until it is closed. */
export const connectStore = (server: StoreServer, carry: Carry, tryLock: TakeLock): Store => {
  let closed = false;
  const whileOpen: Carry = (what, call, detail) =>
    closed
      ? Promise.reject(new SynergyError('STOPPED', 'the store is closed: open it again'))
      : carry(what, call, detail);
  const { data, rowsOf, ...methods } = server;
  return takingFitValues({
    ...(carried(methods, whileOpen, 'store.') as unknown as Store),
    ...createCollections(
      (spec) => carried(rowsOf(spec), whileOpen, `store.${spec.name}.`) as unknown as CollectionRows,
    ),
    name: 'memory',
    server: null,
    capabilities: server.capabilities,
    workedFor: () => 0,
    data: carried(data, whileOpen, 'data.') as unknown as DataStore,
    async *loadJobs() {
      yield* await whileOpen('store.loadJobs', () => [...server.loadJobs()], []);
    },
    tryLock: (name) =>
      closed
        ? Promise.reject(new SynergyError('STOPPED', 'the store is closed: open it again'))
        : tryLock(name),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  });
};
