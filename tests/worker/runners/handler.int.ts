import assert from 'node:assert/strict';
import { getFact } from '../../../db/collections.ts';
import type { EventEmitter } from 'node:events';
import { handlerUow } from '../../../domain/model/handler-uow.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import { blame, redirectOutput } from '../../../worker/output/run-output.ts';
import { memoryLogger } from '../memory-logger.ts';
import { createWorld, fixture, handler, isAlive, processOf } from '../world.ts';
import type { World } from '../world.ts';

for (const isolation of ['host', 'process'] as const) {
  describe(`a handler with isolation '${isolation}'`, () => {
    let world: World;
    const timings = { killGrace: 50, progress: 1 };
    const named = (exportName: string, more = {}) => processOf(handler(exportName, isolation), more);

    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    it('ends its unit as it says', async () => {
      const endings = [
        ['counted', 'PROCESSED', 12, 3, null],
        ['silent', 'PROCESSED', 0, 0, null],
        ['noop', 'NOOP', 0, 0, null],
        ['cancel', 'CANCELED', 0, 0, 'canceled by its handler'],
        ['throws', 'INVALID', 0, 0, 'RangeError: the disk is full'],
      ] as const;
      const entries = endings.map(([exportName]) => named(exportName, { name: exportName }));
      world.host(entries);
      const uows = await world.runAll(entries);
      assert.deepEqual(
        uows.map((uow) => [uow.processName, uow.state, uow.processed, uow.aggregated, uow.error]),
        endings,
      );
    });

    it('has what it prints captured, the last line without newline too, and nothing of others', async () => {
      const entry = named('prints');
      const endRedirection = redirectOutput();
      try {
        world.host([entry]);
        const [one, two] = await world.runAll([entry, entry]);
        for (const { id } of [one, two] as UowRecord[]) {
          const lines = (await world.lines(id, 2)).map(({ stream, line }) => [stream, line]);
          assert.deepEqual(lines.sort(), [
            ['stderr', 'to stderr without newline'],
            ['stdout', 'to stdout'],
          ]);
        }
      } finally {
        endRedirection();
      }
    });

    it('that returns something else fails, saying what is expected', async () => {
      const entry = named('wrong');
      world.host([entry]);
      const { state, error } = await world.run(entry);
      assert.equal(state, 'INVALID');
      assert.match(error ?? '', /returned \{ processed: 'many' \}: expected nothing, or \{ processed\?/);
    });

    it('that hands over what cannot be taken fails there, with a line that says so', async () => {
      const faults = [
        ['logsNumber', /log\(line\): expected a text, such as String\(value\), given 42$/],
        ['progressesText', /progress\(done, total\): expected two numbers, given 'half', 1$/],
        ['keepsDeep', /: it is nested deeper than the 6\d levels that are taken$/],
      ] as const;
      const entries = faults.map(([exportName]) => named(exportName, { name: exportName }));
      world.host(entries);
      const uows = await world.runAll(entries);
      for (const [index, { state, error }] of uows.entries()) {
        assert.equal(state, 'INVALID');
        assert.match(error ?? '', faults[index]?.[1] ?? /never/);
      }
    });

    it('that throws leaves its stack in the log and may be retried after the policy delay', async () => {
      const entry = named('throws');
      world.host([entry]);
      const uow = await world.run(entry);
      const wait = (uow.retryAt ?? 0) - (uow.finishedAt ?? 0);
      assert.ok(wait > 23_000 && wait <= 30_000, `${wait} ms`);
      const lines = await world.lines(uow.id, 3);
      assert.deepEqual(
        lines.slice(0, 2).map(({ stream, line }) => [stream, line]),
        [
          ['log', 'RangeError: the disk is full'],
          ['log', 'second line'],
        ],
      );
      assert.match(lines[2]?.line ?? '', /^ +at .*handlers\.ts/);
    });

    it('is given its unit, its token and the data of the store', async () => {
      const entry = named('tellsAll');
      world.host([entry]);
      const uow = await world.run(entry, {
        startId: 3,
        endId: 9,
        source: 'rows',
        sink: 'sums',
        arguments: { depth: [1, { two: null }] },
      });
      const range = { start: '2015060100', end: '2015060101' };
      const told = Object.fromEntries(
        (await world.store.data.documents('told', range)).map(({ key, value }) => [key, value]),
      );
      assert.deepEqual(told, { uow: { ...handlerUow(uow) }, token: uow.token });
    });

    it('reaches all of the data store', async () => {
      const entry = named('usesData');
      world.host([entry]);
      const uow = await world.run(entry);
      assert.deepEqual([uow.state, uow.processed], ['PROCESSED', 2]);
      const [told, refused] = (await world.lines(uow.id, 2)).map(({ line }) => line);
      assert.deepEqual(JSON.parse(told ?? ''), {
        added: 2,
        documents: [{ timeperiod: '2015060100', key: 'k', value: 2 }],
        extent: { lowest: 1, highest: 2, watermark: 1_433_116_800_000 },
        mark: 1_433_116_800_000,
      });
      assert.equal(refused, 'refused: true');
    });

    it('has its log captured line by line, each attempt after the ones before', async () => {
      const entry = named('chatty');
      world.host([entry]);
      const { id } = await world.run(entry, { attempt: 1 });
      const lines = await world.lines(id, 4);
      assert.deepEqual(
        lines.map(({ attempt, sequence, stream, line }) => [attempt, sequence, stream, line]),
        [
          [2, 2_000_000_000, 'log', 'one'],
          [2, 2_000_000_001, 'log', 'two'],
          [2, 2_000_000_002, 'log', 'three'],
          [2, 2_000_000_003, 'log', 'attempt 2'],
        ],
      );
    });

    it('over its time limit is aborted and INVALID, whatever it returns then', async () => {
      const entries = ['untilAborted', 'halfDone'].map((name) => named(name, { name, timeLimit: 200 }));
      world.host(entries, { timings: { ...timings, killGrace: 10_000 } });
      for (const { state, error, processed } of await world.runAll(entries)) {
        assert.deepEqual([state, error, processed], ['INVALID', 'time limit of 200ms exceeded', 0]);
      }
    });

    it('is aborted when its unit is canceled, within a heartbeat', async () => {
      const entry = named('untilAborted');
      const host = world.host([entry], { timings: { ...timings, heartbeat: 20 } });
      const [id = ''] = await world.order(entry);
      await world.until(async () => (await world.uow(id)).progress !== null);
      await world.cancel(id);
      await world.rung([id]);
      assert.equal((await world.uow(id)).state, 'CANCELED');
      assert.equal(host.stats().running, 0);
      const [late] = await world.store.rejectedReports(10);
      assert.match(late?.error ?? '', /canceled or its lease lost/);
    });

    it('whose module or export is missing fails with what is wrong', async () => {
      const gone = processOf(
        { kind: 'handler', module: fixture('gone.ts'), exportName: 'default', isolation },
        { name: 'Gone' },
      );
      const misspelt = named('countd', { name: 'Misspelt' });
      world.host([gone, misspelt]);
      const [first, second] = await world.runAll([gone, misspelt]);
      assert.equal(first?.state, 'INVALID');
      assert.match(first.error ?? '', /^SynergyError: cannot load handler module '.*gone\.ts': /);
      assert.equal(second?.state, 'INVALID');
      assert.match(
        second.error ?? '',
        /exports no function 'countd': it exports .*; did you mean 'counted'\?$/,
      );
    });
  });
}

describe('a handler in the host', () => {
  it('that does not heed its signal is left behind, and its slot is free again', async () => {
    const world = await createWorld();
    try {
      const entry = processOf(handler('deaf'), { timeLimit: 50, concurrency: 1 });
      const host = world.host([entry], { timings: { killGrace: 20 } });
      for (let round = 0; round < 2; round++) {
        const { id, error } = await world.run(entry);
        assert.equal(error, 'time limit of 50ms exceeded');
        const lines = (await world.lines(id, 2)).map(({ line }) => line);
        assert.equal(lines[0], 'heard, not heeded');
        assert.match(lines[1] ?? '', /left behind: isolation 'process' would end it/);
      }
      assert.deepEqual(host.stats(), { held: 0, running: 0 });
    } finally {
      await world.close();
    }
  });
});

describe('an error that a handler in the host leaves uncaught', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());
  const bus: Pick<EventEmitter, 'on' | 'off'> = process;
  const listener = (error: unknown): void => void blame(error);
  before(() => bus.on('uncaught in test', listener));
  after(() => bus.off('uncaught in test', listener));
  const timings = { killGrace: 20 };
  const pids = async (id: string): Promise<string[]> =>
    (await world.store.log(id, 0, 1000)).flatMap(({ line }) => (/^\d+$/.test(line) ? [line] : []));

  it('is a crash of the run that it came from, which runs apart from then on', async () => {
    const entry = processOf(handler('leavesError'));
    world.host([entry], { timings });
    const [id = ''] = await world.order(entry, { arguments: { during: true } });
    await world.until(async () => (await world.uow(id)).attempt === 2);
    const { crashes } = await world.uow(id);
    assert.equal(crashes, 1);
    const journal = await world.store.journal({ entityId: id, after: 0, limit: 10 });
    assert.deepEqual(
      journal.slice(1, 3).map(({ event, reason }) => [event, reason]),
      [
        ['claim', null],
        ['repost', 'an error that nothing caught: Error: left behind'],
      ],
    );
    await world.until(async () => (await pids(id)).length === 2);
    const [first, second] = await pids(id);
    assert.equal(first, String(process.pid));
    assert.notEqual(second, first);
    await world.until(async () =>
      (await world.store.log(id, 0, 1000)).some(({ line }) => line === 'Error: left behind'),
    );
  });

  it('tells against its process when the run has ended, in this worker and those after it', async () => {
    const entry = processOf(handler('leavesError'));
    const innocent = processOf(handler('tellsPid'), { name: 'Innocent' });
    const logger = memoryLogger();
    const host = world.host([entry, innocent], { logger });
    const first = await world.run(entry);
    assert.deepEqual([first.state, first.crashes], ['PROCESSED', 0]);
    await world.until(() => logger.lines.length > 0);
    assert.match(
      logger.lines[0]?.message ?? '',
      /^Work runs apart for 1d: an error that nothing caught: Error: left behind$/,
    );
    await world.until(async () =>
      (await world.store.log(first.id, 0, 1000)).some(({ line }) =>
        line.startsWith('left behind after the end of the run: Error: left behind'),
      ),
    );
    const second = await world.run(entry);
    await world.until(async () => (await getFact(world.store, 'apart/Work')) !== undefined);
    await host.stop(0);
    world.host([entry, innocent]);
    const third = await world.run(entry);
    for (const { id, state } of [second, third]) {
      assert.equal(state, 'PROCESSED');
      await world.until(async () => (await pids(id)).length === 1);
      assert.notDeepEqual(await pids(id), [String(process.pid)]);
    }
    const { id } = await world.run(innocent);
    await world.until(async () => (await pids(id)).length === 1);
    assert.deepEqual(await pids(id), [String(process.pid)]);
  });
});

describe('a unit whose last run crashed', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  it('runs in a process of its own, beside others in the host, until it answers', async () => {
    const entry = processOf(handler('tellsPid'));
    world.host([entry]);
    const linesOf = async ({ id }: UowRecord, count: number) =>
      (await world.lines(id, count)).map(({ line }) => line);
    const suspect = await world.run(entry, { crashes: 2 });
    assert.deepEqual([suspect.state, suspect.crashes], ['PROCESSED', 0]);
    const [note, pid] = await linesOf(suspect, 2);
    assert.equal(note, 'runs in a process of its own after 2 crashes');
    assert.notEqual(pid, String(process.pid));
    assert.deepEqual(await linesOf(await world.run(entry), 1), [String(process.pid)]);
  });

  it('is set aside there when it was the one, and the others go on', async () => {
    const poison = processOf(handler('exits'), { name: 'Poison' });
    const entry = processOf(handler('counted'));
    world.host([poison, entry]);
    const [id = ''] = await world.order(poison, { crashes: 1, attempt: 1 });
    await world.until(async () => (await world.uow(id)).state === 'INVALID');
    assert.match((await world.uow(id)).error ?? '', /^poison: 3 crashes in a row/);
    assert.equal((await world.run(entry)).state, 'PROCESSED');
  });

  it('fails as others do when it throws', async () => {
    const entry = processOf(handler('throws'));
    world.host([entry]);
    const { state, crashes, error } = await world.run(entry, { crashes: 2 });
    assert.deepEqual([state, crashes, error], ['INVALID', 0, 'RangeError: the disk is full']);
  });

  it('that is aborted has not crashed', async () => {
    const entry = processOf(handler('stubborn'), { timeLimit: 500 });
    world.host([entry], { timings: { killGrace: 20 } });
    const { state, crashes, error } = await world.run(entry, { crashes: 2 });
    assert.deepEqual([state, crashes, error], ['INVALID', 0, 'time limit of 500ms exceeded']);
  });
});

describe('a handler in a process of its own', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  it('may exit or be killed without harm to the host, and is set aside when it does so again and again', async () => {
    const exits = processOf(handler('exits', 'process'), { name: 'Exits' });
    const dies = processOf(handler('dies', 'process'), { name: 'Dies' });
    world.host([exits, dies]);
    const ids = [...(await world.order(exits)), ...(await world.order(dies))];
    await world.until(async () => (await world.store.uows(ids)).every(({ state }) => state === 'INVALID'));
    const ends = ['exited with code 7', 'was killed by SIGKILL'];
    assert.deepEqual(
      (await world.store.uows(ids)).map(({ error, attempt, crashes, retryAt }) => [
        [attempt, crashes, retryAt],
        error,
      ]),
      ends.map((end) => [
        [3, 3, null],
        `poison: 3 crashes in a row, last: the handler's process ${end} before it answered`,
      ]),
    );
    const rows = await world.store.journal({ entityId: ids[1] ?? '', after: 0, limit: 10 });
    assert.deepEqual(
      rows.slice(1, 4).map(({ event, actor, reason }) => [event, actor, reason]),
      [
        ['claim', 'worker owner-0', null],
        ['repost', 'worker owner-0', "the handler's process was killed by SIGKILL before it answered"],
        ['claim', 'worker owner-0', null],
      ],
    );
    assert.deepEqual(await world.store.rejectedReports(10), []);
    const lines = (await world.lines(ids[0] ?? '', 3)).map(({ line }) => line);
    assert.deepEqual(
      lines,
      new Array<string>(3).fill("the handler's process exited with code 7 before it answered"),
    );
  });

  it('may print without end or newline, and takes no memory of the host', async () => {
    const entry = processOf(handler('floods', 'process'));
    world.host([entry]);
    const before = process.memoryUsage().rss;
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    const { id, state } = await world.run(entry);
    clearInterval(timer);
    assert.equal(state, 'PROCESSED');
    assert.ok(most - before < 150_000_000, `${Math.round((most - before) / 1e6)} MB`);
    await world.until(async () => {
      const lines = await world.store.log(id, 0, 1000);
      return lines.some(({ line }) => line.startsWith('log capped at 1000000 bytes'));
    });
  });

  it('is killed when it does not heed its signal', async () => {
    const entry = processOf(handler('stubborn', 'process'), { timeLimit: 500 });
    world.host([entry], { timings: { killGrace: 20 } });
    const { state, error } = await world.run(entry);
    assert.deepEqual([state, error], ['INVALID', 'time limit of 500ms exceeded']);
  });

  it('takes the processes it leaves behind with it', async () => {
    const entry = processOf(handler('leavesChildren', 'process'));
    world.host([entry]);
    const uow = await world.run(entry);
    assert.equal(uow.state, 'PROCESSED');
    const pids = (await world.lines(uow.id, 2)).map(({ line }) => Number(line));
    await world.until(() => !pids.some(isAlive));
  });
});
