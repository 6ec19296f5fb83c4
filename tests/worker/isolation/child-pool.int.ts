import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { UowRecord } from '../../../domain/model/record.ts';
import { memoryLogger } from '../memory-logger.ts';
import { createWorld, handler, isAlive, processOf } from '../world.ts';
import type { World } from '../world.ts';

const MINUTE = 60_000;

/** Command line of a process; empty for the dead. */
const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

/** Children that run handlers: the compiler of the tests has some of its own. */
const countChildren = (): number =>
  (readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').match(/\d+/g) ?? []).filter((pid) =>
    commandLine(pid).includes('handler-child'),
  ).length;

describe('handlers in child processes', () => {
  let world: World;
  const timings = { killGrace: 50 };
  const suspect = { crashes: 1, attempt: 1 };
  const entryOf = (exportName: string, more = {}) =>
    processOf(handler(exportName), { name: exportName, concurrency: 40, ...more });
  const textsOf = async (id: string, atLeast: number): Promise<string[]> =>
    (await world.lines(id, atLeast)).map(({ line }) => line);
  /** Process in which a handler ran that says so. */
  const pidOf = async (id: string): Promise<string> => {
    let pid: string | undefined;
    await world.until(
      async () => (pid = (await textsOf(id, 1)).find((line) => /^\d+$/.test(line))) !== undefined,
    );
    return pid ?? '';
  };
  const stateOf = async (id: string): Promise<UowRecord['state']> => (await world.uow(id)).state;

  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  it('share few processes, one at a time, which end with the host', async () => {
    const entry = entryOf('tellsPid');
    const host = world.host([entry]);
    const ids = await world.order(entry, suspect, 40);
    await world.rung(ids);
    const pids = new Set(await Promise.all(ids.map(pidOf)));
    assert.ok(pids.size <= 10 && !pids.has(String(process.pid)), `${pids.size} processes`);
    const stopped = performance.now();
    await host.stop(0);
    await world.until(() => ![...pids].some((pid) => isAlive(Number(pid))));
    assert.ok(performance.now() - stopped < 5000);
  });

  it('have one of their own when another crash would be the last', async () => {
    const entry = entryOf('tellsPid');
    world.host([entry]);
    const pids = [];
    for (const crashes of [1, 1, 2, 2]) pids.push(await pidOf((await world.run(entry, { crashes })).id));
    const [first = '', second = '', ...others] = pids;
    assert.equal(first, second);
    assert.equal(new Set(pids).size, 3);
    await world.until(() => !others.some((pid) => isAlive(Number(pid))));
    assert.ok(isAlive(Number(first)));
  });

  it('have their time limit begin when they do', async () => {
    const entry = entryOf('tellsAbort', { timeLimit: 300 });
    world.host([entry], { timings: { killGrace: 15_000 } });
    const ids = await world.order(entry, suspect, 20);
    await world.rung(ids);
    for (const id of ids) {
      const [note, pid, reason] = await textsOf(id, 3);
      assert.match(`${note} ${pid} ${reason}`, /after 1 crash \d+ time limit of 300ms exceeded$/);
    }
  });

  it('are few at once, and those that wait may be canceled', async () => {
    const entry = entryOf('tellsAbort');
    // Those of the test before may still be about to end.
    await world.until(() => countChildren() === 0);
    const host = world.host([entry], { timings: { ...timings, heartbeat: 20 } });
    const ids = await world.order(entry, { crashes: 2 }, 6);
    let waiting = ids;
    await world.until(async () => {
      const logs = await Promise.all(ids.map((id) => world.store.log(id, 0, 10)));
      waiting = ids.filter((_, i) => (logs[i]?.length ?? 0) < 2);
      return waiting.length === 2;
    });
    assert.equal(countChildren(), 4);
    const [last = ''] = waiting;
    await world.cancel(last);
    await world.rung([last]);
    assert.equal(await stateOf(last), 'CANCELED');
    assert.equal(host.stats().running, 5);
  });

  it('have what they print captured, each its own', async () => {
    const printing = entryOf('prints', { concurrency: 1 });
    world.host([printing]);
    const ids = await world.order(printing, suspect, 3);
    await world.rung(ids);
    for (const id of ids)
      assert.deepEqual((await textsOf(id, 3)).sort(), [
        'runs in a process of its own after 1 crash',
        'to stderr without newline',
        'to stdout',
      ]);
  });

  it('say nothing once they have answered', async () => {
    const entry = entryOf('talksOn', { concurrency: 1 });
    const slow = entryOf('untilAborted', { concurrency: 1, timeLimit: 500 });
    world.host([entry, slow], { timings });
    const [talker = ''] = await world.order(entry, suspect);
    await world.rung([talker]);
    const [next = ''] = await world.order(slow, suspect);
    await world.rung([next]);
    assert.equal((await world.uow(next)).error, 'time limit of 500ms exceeded');
    assert.deepEqual(
      (await textsOf(next, 2)).filter((line) => line === 'too late'),
      [],
    );
    assert.deepEqual((await world.uow(next)).progress, { done: 1, total: 2 });
  });

  it('are set aside for a crash of their own alone, not for what another left behind', async () => {
    const entry = entryOf('talksOn', { concurrency: 1 });
    const slow = entryOf('takesItsTime', { concurrency: 1 });
    world.host([entry, slow]);
    for (let round = 0; round < 2; round++) {
      const [talker = ''] = await world.order(entry, { ...suspect, arguments: { exits: true } });
      await world.rung([talker]);
      const [next = ''] = await world.order(slow, { ...suspect, attempt: 2 });
      await world.until(async () => (await stateOf(next)) === 'PROCESSED');
      const { attempt, crashes } = await world.uow(next);
      assert.deepEqual([attempt, crashes], [4, 0]);
    }
  });

  it('are all of a process, for a while, once one of it crashed apart', async () => {
    const entry = entryOf('mayExit');
    const other = entryOf('tellsPid');
    const logger = memoryLogger();
    let ahead = 0;
    const stopwatch = () => performance.now() + ahead;
    world.host([entry, other], { logger, stopwatch });
    const here = String(process.pid);
    const runsHere = async (ofEntry: typeof entry): Promise<boolean> =>
      (await pidOf((await world.run(ofEntry)).id)) === here;
    assert.equal(await runsHere(entry), true);
    const poison = await world.order(entry, { ...suspect, arguments: { exits: true } }, 2);
    await world.until(async () => (await world.store.uows(poison)).every(({ state }) => state === 'INVALID'));
    assert.deepEqual(
      (await world.store.uows(poison)).map(({ attempt, crashes }) => [attempt, crashes]),
      [
        [3, 3],
        [3, 3],
      ],
    );
    assert.deepEqual([await runsHere(entry), await runsHere(other)], [false, true]);
    const [id = ''] = await world.order(entry, { arguments: { exits: true } });
    await world.until(async () => (await stateOf(id)) === 'INVALID');
    ahead = 9 * MINUTE;
    assert.equal(await runsHere(entry), false);
    ahead = 11 * MINUTE;
    assert.equal(await runsHere(entry), true);
    const told = logger.lines.filter(({ message }) => message.includes('run apart'));
    assert.deepEqual(
      told.map(({ message }) => message),
      ['units of mayExit run apart for 10m: one of them crashed'],
    );
  });
});
