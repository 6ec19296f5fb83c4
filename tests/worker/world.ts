import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openStore } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import type { DaemonProcess, ManagedProcess, WorkerSpec } from '../../domain/model/process.ts';
import { UOW_STATUS_QUEUE, workQueue } from '../../domain/model/queue-name.ts';
import { freshUow } from '../../domain/model/entity.ts';
import type { LogRecord, UowRecord } from '../../domain/model/record.ts';
import type { Consumer, Queue } from '../../mq/queue.ts';
import { openQueue } from '../../mq/registry.ts';
import { heartbeatThread } from '../../worker/leases/heartbeat.ts';
import { createWorkerHost } from '../../worker/worker-host.ts';
import type { WorkerHost, WorkerHostOptions } from '../../worker/worker-host.ts';
import { memoryLogger } from './memory-logger.ts';

const here = (path: string): URL => new URL(path, import.meta.url);
const clock = { now: () => Date.now() };

export const fixture = (name: string): string => here(`./fixtures/${name}`).href;
export const handlerChild = here('./fixtures/handler-child.ts');
export const loadModule = (module: string): Promise<Record<string, unknown>> =>
  import(module.startsWith('file:') ? module : pathToFileURL(module).href) as Promise<
    Record<string, unknown>
  >;

export const processOf = (worker: WorkerSpec, more: Partial<ManagedProcess> = {}): ManagedProcess => ({
  kind: 'managed',
  name: 'Work',
  description: '',
  worker,
  arguments: {},
  concurrency: 4,
  retry: { delay: 30_000, maxDelay: 900_000, maxAttempts: 5 },
  presentOnBoxes: ['*'],
  qualifier: 'hourly',
  grouping: 1,
  strategy: 'discrete',
  blocking: 'normal',
  trigger: 'every 1',
  startLag: 0,
  ordered: false,
  on: true,
  dependencies: [],
  emptySource: 'noop',
  ...more,
});

export const daemonOf = (worker: WorkerSpec): DaemonProcess => ({
  kind: 'daemon',
  name: 'Daemon',
  description: '',
  worker,
  arguments: { greeting: 'hello' },
  concurrency: 1,
  retry: { delay: 1, maxDelay: 1, maxAttempts: 1 },
  presentOnBoxes: ['*'],
});

export const handler = (exportName: string, isolation: 'host' | 'process' = 'host'): WorkerSpec => ({
  kind: 'handler',
  module: fixture('handlers.ts'),
  exportName,
  isolation,
});

export const command = (argv: readonly string[], more: object = {}): WorkerSpec => ({
  kind: 'command',
  argv,
  cwd: tmpdir(),
  env: [],
  logBytes: 100_000,
  ...more,
});

export const shell = (script: string, more: object = {}): WorkerSpec =>
  command(['/bin/sh', '-c', script], more);

const newUow = (processName: string, number: number, more: Partial<UowRecord>): UowRecord => ({
  id: `${processName}/2015060100#${number}`,
  kind: 'managed',
  processName,
  entryName: null,
  timeperiod: '2015060100',
  sequence: number,
  startTimeperiod: '2015060100',
  endTimeperiod: '2015060101',
  startId: null,
  endId: null,
  source: null,
  sink: null,
  arguments: {},
  createdAt: clock.now(),
  submittedAt: clock.now(),
  notBefore: null,
  ...freshUow,
  ...more,
});

/** A real store and queue in a folder of their own, and what a scheduler would do to them. */
export interface World {
  readonly dataDir: string;
  readonly store: Store;
  readonly queue: Queue;
  /** A host on it, started; stopped with the world. */
  host(processes: WorkerHostOptions['processes'], more?: Partial<WorkerHostOptions>): WorkerHost;
  /** Stores units of a process and rings for them; returns their ids. */
  order(process: ManagedProcess, more?: Partial<UowRecord>, count?: number): Promise<string[]>;
  /** Cancels as a user would. */
  cancel(id: string): Promise<void>;
  /** Resolves when workers have rung for all these. */
  rung(ids: readonly string[]): Promise<void>;
  uow(id: string): Promise<UowRecord>;
  /** Orders one unit and waits for its end. */
  run(process: ManagedProcess, more?: Partial<UowRecord>): Promise<UowRecord>;
  /** The same for one unit of each process, at once. */
  runAll(processes: readonly ManagedProcess[]): Promise<UowRecord[]>;
  /** Captured lines, once there are as many; waits for the writer. */
  lines(parentId: string, atLeast: number): Promise<LogRecord[]>;
  until(what: () => boolean | Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

/** Whether a process runs; one that only waits to be collected by its parent does not. */
export const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

export const createWorld = async (): Promise<World> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'synergy-worker-'));
  const store = await openStore('embedded', { dataDir, clock });
  const queue = await openQueue('embedded', { dataDir, clock });
  await queue.declare([UOW_STATUS_QUEUE]);
  const bell: Consumer = queue.consume(UOW_STATUS_QUEUE, {
    visibilityTimeout: 30_000,
    maxDeliveries: 20,
    prefetch: 10_000,
  });
  const hosts: WorkerHost[] = [];
  const heard = new Set<string>();
  let numbers = 0;

  const world: World = {
    dataDir,
    store,
    queue,
    host(processes, more = {}) {
      const logger = more.logger ?? memoryLogger();
      const host = createWorkerHost({
        store,
        queue,
        clock,
        logger,
        processes,
        owner: `owner-${hosts.length}`,
        startHeartbeat: heartbeatThread(
          here('./fixtures/heartbeat-thread.mjs'),
          { store: 'embedded', dataDir },
          logger,
        ),
        loadModule,
        handlerChild,
        environment: process.env,
        maxCrashes: 3,
        ...more,
        timings: { logLinger: 1, ...more.timings },
      });
      hosts.push(host);
      host.start();
      return host;
    },
    async order(entry, more = {}, count = 1) {
      const uows = Array.from({ length: count }, () => newUow(entry.name, ++numbers, more));
      const cause = { actor: 'test', reason: null, at: clock.now(), epoch: 1 };
      await store.commit([{ cause, writes: uows.map((uow) => ({ kind: 'uow-insert', uow })) }]);
      const ids = uows.map(({ id }) => id);
      await queue.declare([workQueue(entry)]);
      await queue.publish(workQueue(entry), ids);
      return ids;
    },
    async cancel(id) {
      const { state, version } = await world.uow(id);
      const cause = { actor: 'test', reason: 'canceled', at: clock.now(), epoch: 1 };
      const change = {
        kind: 'uow',
        id,
        from: state,
        version,
        event: 'cancel',
        to: 'CANCELED',
        set: {},
      } as const;
      await store.commit([{ cause, writes: [change] }]);
    },
    async rung(ids) {
      while (!ids.every((id) => heard.has(id))) {
        const messages = await bell.take(1000);
        for (const { body } of messages) heard.add(body);
        await bell.ack(messages);
      }
      for (const id of ids) heard.delete(id);
    },
    async uow(id) {
      const [found] = await store.uows([id]);
      if (!found) throw new Error(`no unit ${id}`);
      return found;
    },
    async run(entry, more = {}) {
      const [id = ''] = await world.order(entry, more);
      await world.rung([id]);
      return world.uow(id);
    },
    async runAll(entries) {
      const ids = (await Promise.all(entries.map((entry) => world.order(entry)))).flat();
      await world.rung(ids);
      return Promise.all(ids.map((id) => world.uow(id)));
    },
    async lines(parentId, atLeast) {
      let found: LogRecord[] = [];
      await world.until(async () => (found = await store.log(parentId, 0, 10_000)).length >= atLeast);
      return found;
    },
    async until(what) {
      while (!(await what())) await new Promise((resolve) => setImmediate(resolve));
    },
    async close() {
      await Promise.all(hosts.map((host) => host.stop(0)));
      await bell.close();
      await queue.close();
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return world;
};
