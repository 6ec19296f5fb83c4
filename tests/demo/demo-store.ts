import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../db/registry.ts';
import type { DataStore, Store } from '../../db/store.ts';
import type { HandlerUow } from '../../domain/model/handler-uow.ts';
import type { Handler, HandlerResult } from '../../worker/handler.ts';

export const clock = { now: () => Date.now() };

/** An embedded store in a folder of its own, where files may be put beside it. */
export interface DemoStore {
  readonly folder: string;
  readonly store: Store;
  remove(): Promise<void>;
}

export const demoStore = async (): Promise<DemoStore> => {
  const folder = mkdtempSync(join(tmpdir(), 'synergy-demo-'));
  const store = await openStore('embedded', { dataDir: folder, clock });
  return {
    folder,
    store,
    remove: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A store whose `method` is followed by `after`, with what it was given. */
export const followed = <K extends 'appendRows' | 'setWatermark'>(
  data: DataStore,
  method: K,
  after: (...given: Parameters<DataStore[K]>) => void,
): DataStore => ({
  ...data,
  [method]: async (...given: Parameters<DataStore[K]>) => {
    const result = await (data[method] as (...all: Parameters<DataStore[K]>) => Promise<unknown>)(...given);
    after(...given);
    return result;
  },
});

/** What a unit of work says; the rest does not matter to handlers. */
export type UowPart = Pick<HandlerUow, 'timeperiod' | 'endTimeperiod'> &
  Partial<Pick<HandlerUow, 'startId' | 'endId' | 'arguments'>>;

/** Runs a handler as a worker would; `log` gets its lines. */
export const runHandler = async (
  handler: Handler,
  data: DataStore,
  uow: UowPart,
  log: (line: string) => void = () => undefined,
): Promise<HandlerResult | undefined> =>
  handler(
    {
      id: 'unit',
      processName: 'Process',
      entryName: null,
      startTimeperiod: uow.timeperiod,
      startId: null,
      endId: null,
      source: null,
      sink: null,
      arguments: {},
      attempt: 1,
      ...uow,
    },
    { signal: new AbortController().signal, token: 'token', log, progress: () => undefined, data },
  );
