import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../domain/model/process.ts';
import type { BoxRecord } from '../../domain/model/record.ts';
import { wishFact } from '../../supervisor/message.ts';
import type { FromUnit, Wish } from '../../supervisor/message.ts';
import { identify, isAlive } from '../../os/process-stat.ts';
import type { ProcessIdentity } from '../../os/process-stat.ts';
import { createSupervisor } from '../../supervisor/supervisor.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { readUnitFile, unitFiles } from '../../supervisor/unit-file.ts';
import { signalBoard } from '../support/signal-board.ts';
import type { SignalBoard } from '../support/signal-board.ts';

interface News {
  readonly pid: number;
  readonly owner: string;
  readonly child: number;
}

interface Bench {
  readonly dataDir: string;
  readonly facts: Map<string, Json>;
  readonly board: SignalBoard;
  readonly boxes: BoxRecord[];
  readonly released: string[];
  readonly supervisor: Supervisor;
  /** What becomes of all questions to the store while it is away. */
  away: (() => Promise<never>) | undefined;
  /** Leases that a process which ends is said to have held. */
  held: number;
}

const module = new URL('unit-scripts/unit.ts', import.meta.url);
const benches: Bench[] = [];

const bench = (behaviour: string, dataDir = mkdtempSync(join(tmpdir(), 'synergy-supervisor-'))): Bench => {
  const board = signalBoard();
  const facts = new Map<string, Json>();
  const boxes: BoxRecord[] = [];
  const released: string[] = [];
  const made: Omit<Bench, 'supervisor'> = {
    dataDir,
    facts,
    board,
    boxes,
    released,
    away: undefined,
    held: 0,
  };
  const answer = <T>(work: () => T): Promise<T> => {
    if (made.away === undefined) return Promise.resolve(work());
    board.post('asked in vain');
    return made.away();
  };
  const supervisor = createSupervisor({
    boxId: 'box-1',
    dataDir,
    units: [{ name: 'worker', module }],
    brief: { behaviour },
    digest: behaviour,
    grace: 300,
    clock: { now: Date.now },
    store: {
      getFact: (name) => answer(() => facts.get(name)),
      putBox: (record) =>
        answer(() => {
          boxes.push(record);
          board.post(`box ${record.actual}`, record);
        }),
    },
    release: (owner) => {
      released.push(owner);
      board.post('released', owner);
      return Promise.resolve(made.held);
    },
    message: (_unit, message: FromUnit) => {
      board.post(message.type, message.type === 'news' ? message.news : undefined);
    },
    failed: (unit) => board.post('failed', unit),
    say: (line) => board.post('said', line),
  });
  const complete = Object.assign(made, { supervisor });
  benches.push(complete);
  return complete;
};

const up = async (supervisor: Supervisor): Promise<void> => {
  await supervisor.takeOver();
  await supervisor.start();
};

const living = (pid: number): ProcessIdentity => {
  const identity = identify(pid);
  assert.ok(identity, `process ${pid} runs`);
  return identity;
};

const gone = async (identity: ProcessIdentity): Promise<void> => {
  while (isAlive(identity)) await new Promise((resolve) => setImmediate(resolve));
};

afterEach(async () => {
  for (const { supervisor, dataDir } of benches.splice(0)) {
    supervisor.kill();
    await supervisor.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
});

describe('the supervisor', () => {
  it('starts a unit in a process of its own, tells it its owner id and writes its pid file', async () => {
    const { board, dataDir, supervisor } = bench('serve');
    await up(supervisor);
    const { pid, owner } = await board.next<News>('news');
    const { startTime } = living(pid);
    assert.equal(owner, `box-1:worker:${pid}:${startTime}`);
    const file = readUnitFile(dataDir, 'worker');
    assert.deepEqual([file?.pid, file?.startTime, file?.owner], [pid, startTime, owner]);
  });

  it('starts a killed unit again at once and releases the leases of the dead', async () => {
    const { board, supervisor } = bench('serve');
    await up(supervisor);
    const first = await board.next<News>('news');
    const killedAt = Date.now();
    process.kill(first.pid, 'SIGKILL');
    assert.equal(await board.next('released'), first.owner);
    const second = await board.next<News>('news');
    assert.notEqual(second.pid, first.pid);
    assert.ok(Date.now() - killedAt < 900, 'the first restart does not wait');
    assert.match(await board.next<string>('said'), /worker ended \(signal SIGKILL\).*at once/);
  });

  it('backs off from a unit that keeps failing, then gives it up', async function () {
    this.timeout(30_000);
    const { board, boxes, supervisor } = bench('crash');
    const begun = Date.now();
    await up(supervisor);
    const failed = await board.next<BoxRecord>('box failed');
    assert.ok(Date.now() - begun >= 7000, 'waited 0, 1, 2 and 4 seconds');
    assert.equal(await board.next('failed'), 'worker');
    assert.equal(failed.restarts, 4);
    assert.equal(failed.lastExit, 'exit code 3');
    assert.equal(failed.pid, null);
    const pids = boxes.filter((box) => box.actual === 'running').map((box) => box.pid);
    assert.equal(new Set(pids).size, 5);
  });

  it('stops with SIGTERM and leaves nothing', async () => {
    const { board, dataDir, boxes, supervisor } = bench('serve');
    await up(supervisor);
    const { pid } = await board.next<News>('news');
    await supervisor.stop();
    assert.equal(identify(pid), undefined);
    assert.deepEqual(unitFiles(dataDir), []);
    assert.equal(boxes.at(-1)?.actual, 'stopped');
    assert.equal(boxes.at(-1)?.lastExit, 'exit code 0');
  });

  it('kills what does not heed SIGTERM when the grace is over', async () => {
    const { board, boxes, supervisor } = bench('deaf');
    await up(supervisor);
    const { pid } = await board.next<News>('news');
    await supervisor.stop();
    assert.equal(identify(pid), undefined);
    assert.equal(boxes.at(-1)?.lastExit, 'signal SIGKILL');
  });

  it('kills what a dead unit started, also outside of its process group', async () => {
    const { board, supervisor } = bench('parent');
    await up(supervisor);
    const { pid, child } = await board.next<News>('news');
    const escaped = living(child);
    process.kill(pid, 'SIGKILL');
    await board.next('released');
    await gone(escaped);
  });

  it('heeds wishes: off stops, on starts, restart does both', async () => {
    const { board, facts, supervisor } = bench('serve');
    const wish = (value: Wish): void => void facts.set(wishFact('box-1', 'worker'), { ...value });
    await up(supervisor);
    const first = await board.next<News>('news');
    wish({ desired: 'off', at: 1, restart: false });
    const stopped = await board.next<BoxRecord>('box stopped');
    assert.equal(stopped.desired, 'off');
    assert.equal(identify(first.pid), undefined);
    wish({ desired: 'on', at: 2, restart: false });
    const second = await board.next<News>('news');
    wish({ desired: 'on', at: 3, restart: true });
    const third = await board.next<News>('news');
    assert.notEqual(second.pid, third.pid);
    assert.equal(identify(second.pid), undefined);
  });

  it('keeps a unit down that is wanted off from before', async () => {
    const { facts, boxes, dataDir, supervisor } = bench('serve');
    facts.set(wishFact('box-1', 'worker'), { desired: 'off', at: 1, restart: false });
    await up(supervisor);
    await supervisor.stop();
    assert.deepEqual(
      boxes.map((box) => box.actual),
      ['stopped'],
    );
    assert.deepEqual(unitFiles(dataDir), []);
  });

  it('clears what an earlier supervisor left before it starts anew', async () => {
    const earlier = bench('deaf');
    await up(earlier.supervisor);
    const old = await earlier.board.next<News>('news');
    const identity = living(old.pid);
    const later = bench('serve', earlier.dataDir);
    await later.supervisor.takeOver();
    assert.equal(isAlive(identity), false);
    assert.deepEqual(later.released, [old.owner]);
    assert.deepEqual(unitFiles(later.dataDir), []);
  });

  it('starts nothing while the store is away, keeps what runs, and catches up when it is back', async () => {
    const made = bench('serve');
    const { board, supervisor, boxes } = made;
    await up(supervisor);
    const first = await board.next<News>('news');
    await board.next('box running');
    made.away = () => Promise.reject(new Error('no route'));
    assert.equal(await board.next('said'), 'the store does not answer: no route');
    process.kill(living(first.pid).pid, 'SIGKILL');
    assert.match(await board.next<string>('said'), /^worker ended \(signal SIGKILL\)/);
    const before = boxes.length;
    for (let i = 0; i < 5; i++) await board.next('asked in vain');
    assert.equal(boxes.length, before);
    assert.deepEqual(unitFiles(made.dataDir), []);
    made.away = undefined;
    const second = await board.next<News>('news');
    assert.notEqual(second.pid, first.pid);
    assert.equal(await board.next('said'), 'the store answers again');
    while ((await board.next<BoxRecord>('box running')).pid !== second.pid);
  });

  it('waits for a server that a unit finds away, without holding it against the unit', async () => {
    const { board, supervisor, boxes } = bench('server-away');
    await up(supervisor);
    assert.equal(await board.next('said'), 'worker waits: no route to the broker');
    for (let i = 0; i < 3; i++) await board.next('refused');
    await supervisor.stop();
    const last = boxes.at(-1);
    assert.deepEqual([last?.lastExit, last?.restarts], ['no route to the broker', 2]);
  });

  it('is not held up by a store that is silent when it stops', async () => {
    const made = bench('serve');
    await up(made.supervisor);
    await made.board.next('news');
    made.away = () => new Promise(() => undefined);
    await made.supervisor.stop();
    assert.deepEqual(unitFiles(made.dataDir), []);
  });
});
