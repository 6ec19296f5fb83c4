import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxSpec, putFact } from '../../db/collections.ts';
import type { Json } from '../../domain/model/process.ts';
import type { BoxRecord } from '../../domain/model/record.ts';
import { identify, isAlive } from '../../lib/os/process-stat.ts';
import type { ProcessIdentity } from '../../lib/os/process-stat.ts';
import type { FromService } from '../../supervisor/ipc/message.ts';
import { createSupervisor } from '../../supervisor/supervisor.ts';
import { createMemory } from '../../simulation/store/memory.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import type { ProcessEnd } from '../../supervisor/service-keeper.ts';
import { memoryCollections, withMethods } from '../support/collections.ts';
import { signalBoard } from '../support/signal-board.ts';
import type { SignalBoard } from '../support/signal-board.ts';

/** What the service of the tests tells of itself. */
export interface News {
  readonly pid: number;
  readonly owner: string;
  readonly child: number;
}

/** A supervisor of one service, and all that it does to the world. */
export interface Bench {
  readonly dataDir: string;
  readonly facts: { readonly set: (name: string, value: Json) => void };
  readonly board: SignalBoard;
  readonly boxes: BoxRecord[];
  readonly released: string[];
  /** How their processes ended, as it says. */
  readonly ends: ProcessEnd[];
  readonly supervisor: Supervisor;
  /** What becomes of all questions to the store while it is away. */
  away: (() => Promise<never>) | undefined;
  /** Leases that a process which ends is said to have held. */
  held: number;
}

const module = new URL('children/service.ts', import.meta.url);
const benches: Bench[] = [];

export const bench = (
  behaviour: string,
  dataDir = mkdtempSync(join(tmpdir(), 'synergy-supervisor-')),
): Bench => {
  const board = signalBoard();
  const memory = createMemory();
  const facts = {
    set: (name: string, value: Json) => void putFact(memoryCollections(undefined, memory), name, value),
  };
  const boxes: BoxRecord[] = [];
  const released: string[] = [];
  const ends: ProcessEnd[] = [];
  const made: Omit<Bench, 'supervisor'> = {
    dataDir,
    facts,
    board,
    boxes,
    released,
    ends,
    away: undefined,
    held: 0,
  };
  const answer = (work: () => unknown): Promise<unknown> => {
    if (made.away === undefined) return Promise.resolve(work());
    board.post('asked in vain');
    return made.away();
  };
  const supervisor = createSupervisor({
    boxId: 'box-1',
    dataDir,
    services: [{ name: 'worker', module }],
    brief: { behaviour },
    digest: behaviour,
    grace: 300,
    clock: { now: Date.now },
    store: withMethods(memoryCollections(answer, memory), boxSpec, {
      put: async (record) => {
        await answer(() => {
          boxes.push(record);
          board.post(`box ${record.actual}`, record);
        });
      },
    }),
    release: (owner, end) => {
      released.push(owner);
      ends.push(end);
      board.post('released', owner);
      return Promise.resolve(made.held);
    },
    message: (_unit, message: FromService) => {
      board.post(message.type, message.type === 'news' ? message.news : undefined);
    },
    failed: (service) => board.post('failed', service),
    say: (line) => board.post('said', line),
  });
  const complete = Object.assign(made, { supervisor });
  benches.push(complete);
  return complete;
};

export const up = async (supervisor: Supervisor): Promise<void> => {
  await supervisor.takeOver();
  await supervisor.start();
};

/** Identity of a process that has to run. */
export const living = (pid: number): ProcessIdentity => {
  const identity = identify(pid);
  assert.ok(identity, `process ${pid} runs`);
  return identity;
};

export const gone = async (identity: ProcessIdentity): Promise<void> => {
  while (isAlive(identity)) await new Promise((resolve) => setImmediate(resolve));
};

/** Ends all supervisors of a test. */
export const clearBenches = async (): Promise<void> => {
  for (const { supervisor, dataDir } of benches.splice(0)) {
    supervisor.kill();
    await supervisor.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
};
