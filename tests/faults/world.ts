import { randomUUID } from 'node:crypto';
import { boxSpec } from '../../db/collections.ts';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../../boot/load-settings.ts';
import { setDesiredState } from '../../boot/box/desired-state.ts';
import { openStore } from '../../db/registry.ts';
import type { MovableStore } from '../../db/transfer.ts';
import type { Settings } from '../../settings.ts';
import { isAlive } from '../../lib/os/process-stat.ts';
import { readServiceFile } from '../../supervisor/service-file.ts';
import type { ServiceFile } from '../../supervisor/service-file.ts';
import { freePort } from '../support/free-port.ts';
import { follow, launcher } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { Place } from './fault.ts';
import { processesIn, within } from './processes.ts';
import type { Addresses, Detour, Servers } from './servers.ts';
import { contextOf, contextText, jobsOf, timeOf, timetableOf } from './workload.ts';
import type { Workload } from './workload.ts';

export type ServiceName = 'supervisor' | 'scheduler' | 'worker';

/** The real thing in a folder of its own. */
export interface World {
  readonly place: Place;
  readonly folder: string;
  readonly settings: Settings;
  readonly workload: Workload;
  readonly servers: Servers | undefined;
  /** Where its store and queue are, with nothing in between. */
  readonly direct: Addresses;
  /** File in which handlers write down what they do. */
  readonly effects: string;
  /**
   * Starts everything, and resolves when the dashboard listens, or when another scheduler is at work. Again, after
   * everything was killed.
   */
  start(): Promise<void>;
  /** The latest start. */
  run(): Run;
  /** Runs another command in its folder. */
  launch(...argv: string[]): Run;
  /** A service that runs, by its pid file; waits for it to come up. */
  service(name: ServiceName): Promise<ServiceFile>;
  /** A connection to the store for this harness alone. */
  store(): Promise<MovableStore>;
  /** Closes the harness's own connection, so that nothing but what is tested holds the store. */
  letGo(): Promise<void>;
  /** Units of work that an owner holds. */
  held(owner: string | null): Promise<string[]>;
  /** Has the supervisor forget the failures of a service, as a user would by `synergy super start`. */
  forgive(name: ServiceName): Promise<void>;
  /** Sends a command to the HTTP API; answers with its status. */
  command(body: Readonly<Record<string, unknown>>): Promise<{ status: number; body: unknown }>;
  /** Reads from the HTTP API. */
  ask<T>(path: string): Promise<T>;
  /** Waits until all work has ended, and stops. Rejects when it is stuck, or when something stays behind. */
  finish(): Promise<void>;
  /** Ends whatever is left. */
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly place: Place;
  readonly workload: Workload;
  readonly servers: Servers | undefined;
  readonly detour?: (direct: Addresses, servers: Servers) => Promise<Detour>;
  /** Another box, whose store, queue and file of effects this one shares. */
  readonly beside?: World;
  /** Variables for everything that is started. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** When no job has ended for so long, those that are left are stuck, ms. */
const STUCK = 45_000;
/** In the environment of everything that is started; to be found nowhere. */
export const canary = `canary-${randomUUID()}`;
/** Between two looks at all jobs, ms. */
const PAUSE = 500;
const START = 30_000;
const STOP = 15_000;

const flags = (settings: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(settings).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    String(value),
  ]);

interface Standing {
  /** Nothing is left to do but for what waits for a user: quarantined units, and jobs that wait for them. */
  readonly isQuiet: boolean;
  readonly finished: number;
}

const standingOf = async (store: MovableStore, jobs: number): Promise<Standing> => {
  let finished = 0;
  for await (const { states } of store.loadJobs())
    finished += states.filter((state) => ['PROCESSED', 'NOOP', 'SKIPPED'].includes(state)).length;
  const { REQUESTED, IN_PROGRESS, INVALID } = await store.countUows();
  const invalid = INVALID > 0 ? await store.findUows({ states: ['INVALID'] }) : [];
  const isIdle = REQUESTED + IN_PROGRESS === 0 && invalid.every(({ retryAt }) => retryAt === null);
  return { isQuiet: isIdle && (finished >= jobs || INVALID > 0), finished };
};

/** Waits for the end of all work for as long as jobs end. */
const untilQuiet = async (store: MovableStore, jobs: number): Promise<void> => {
  let finished = -1;
  let movedAt = performance.now();
  const isQuiet = async (): Promise<boolean> => {
    const now = await standingOf(store, jobs);
    if (now.finished !== finished) movedAt = performance.now();
    finished = now.finished;
    return now.isQuiet;
  };
  while (!(await within(PAUSE, isQuiet, PAUSE / 2))) {
    if (performance.now() - movedAt < STUCK) continue;
    const left = await store.findUows({ states: ['REQUESTED', 'IN_PROGRESS', 'INVALID'], limit: 5 });
    const names = left.map(({ id, state, attempt }) => `${id} ${state} at attempt ${attempt}`);
    throw new Error(`stuck, no job ends: ${names.join(', ') || 'no unit of work is left, and jobs are'}`);
  }
};

/** Makes a world; nothing runs before `start`. */
export const createWorld = async ({
  place,
  workload,
  servers,
  environment,
  detour: makeDetour,
  beside,
}: WorldOptions): Promise<World> => {
  const folder = tempFolder();
  const effects = beside?.effects ?? join(folder, 'effects.ndjson');
  const direct = beside?.direct ?? (await servers?.addresses()) ?? { store: 'embedded', queue: 'embedded' };
  const detour = servers && (await makeDetour?.(direct, servers));
  const { store: storeAddress, queue: queueAddress } = detour ?? direct;
  const port = await freePort();
  const api = `http://127.0.0.1:${port}/api/v1`;
  const given = { store: storeAddress, queue: queueAddress, mxPort: port, ...workload.settings };
  writeFileSync(join(folder, 'process_context.ts'), contextText(contextOf(workload, effects)));
  writeFileSync(join(folder, 'synergy.config.json'), JSON.stringify(given));
  const options = timetableOf(workload, timeOf(workload));
  const settings = await loadSettings({ folder, environment: {}, options, now: Date.now() });
  mkdirSync(settings.dataDir, { recursive: true });

  const killAll = (): void => processesIn(folder).forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
  // Never outlives the harness, even if that ends without `close`.
  process.once('exit', killAll);
  let run: Run | undefined;
  let opened: Promise<MovableStore> | undefined;
  const store = (): Promise<MovableStore> =>
    (opened ??= openStore(direct.store, { dataDir: settings.dataDir, clock: { now: () => Date.now() } }));
  const letGo = async (): Promise<void> => {
    const closing = opened;
    opened = undefined;
    await (await closing)?.close();
  };
  const launch = (...argv: string[]): Run => {
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('SYNERGY_'));
    const env = { ...Object.fromEntries(own), ...environment, CANARY: canary };
    return follow(spawn(process.execPath, [launcher, ...argv], { cwd: folder, env }));
  };
  const latest = (): Run => {
    if (run === undefined) throw new Error('the world was not started');
    return run;
  };
  const command: World['command'] = async (body) => {
    const answer = await fetch(`${api}/commands`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: randomUUID(), reason: 'the fault suite', ...body }),
    });
    return { status: answer.status, body: await answer.json() };
  };

  return {
    place,
    folder,
    settings,
    workload,
    servers,
    direct,
    effects,
    start: async () => {
      run = launch('start', ...flags(options));
      await run.line(/^(dashboard: |another scheduler is at work)/);
    },
    run: latest,
    launch,
    service: async (name) => {
      let file: ServiceFile | undefined;
      const isUp = (): boolean => {
        file = readServiceFile(settings.dataDir, name);
        return file !== undefined && isAlive(file);
      };
      if (!(await within(START, isUp, 5))) throw new Error(`${name} does not come up`);
      return file!;
    },
    store,
    letGo,
    held: async (owner) => {
      const running = await (await store()).findUows({ states: ['IN_PROGRESS'] });
      return running.filter(({ lease }) => lease !== null && lease.owner === owner).map(({ id }) => id);
    },
    forgive: async (name) => {
      const asked = Date.now();
      await setDesiredState(settings, name, { desired: 'on', restart: false });
      const opened = await store();
      const isHeard = async (): Promise<boolean> =>
        (await opened.collection(boxSpec).list()).some(
          ({ unit, updatedAt }) => unit === name && updatedAt > asked,
        );
      if (!(await within(START, isHeard, 20))) throw new Error(`the supervisor does not hear of ${name}`);
    },
    command,
    ask: async <T>(path: string) => (await (await fetch(`${api}/${path}`)).json()) as T,
    finish: async () => {
      await untilQuiet(await store(), jobsOf(workload));
      // What is off is not rung for again: an entry is switched off when no ring of it can have been lost any more.
      const off = { kind: 'set-freerun', processName: 'Tick', entryName: 'tick', on: false };
      await within(START, async () => (await command(off).catch(() => undefined))?.status === 200, 200);
      await untilQuiet(await store(), jobsOf(workload));
      latest().child.kill('SIGINT');
      const { code, stdout, stderr } = await latest().ended;
      if (code !== 0) throw new Error(`it ended with ${code}:\n${stdout}\n${stderr}`);
      const isEmpty = (): boolean => processesIn(folder).length === 0;
      if (!(await within(STOP, isEmpty)))
        throw new Error(
          `left behind: ${processesIn(folder)
            .map(({ command: text }) => text)
            .join('; ')}`,
        );
    },
    close: async () => {
      await letGo();
      killAll();
      process.off('exit', killAll);
      await run?.ended;
      await detour?.close();
    },
  };
};
