import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { BoxRecord } from '../../domain/model/record.ts';
import { identify, isAlive } from '../../lib/os/process-stat.ts';
import { desiredStateFact } from '../../supervisor/ipc/message.ts';
import type { DesiredState } from '../../supervisor/ipc/message.ts';
import { readServiceFile, runFolder, serviceFiles } from '../../supervisor/service-file.ts';
import { bench, clearBenches, gone, living, up } from './bench.ts';
import type { News } from './bench.ts';

afterEach(clearBenches);

describe('the supervisor', () => {
  it('starts a service in a process of its own, tells it its owner id and writes its pid file', async () => {
    const { board, dataDir, supervisor } = bench('serve');
    await up(supervisor);
    const { pid, owner } = await board.next<News>('news');
    const { startTime } = living(pid);
    assert.equal(owner, `box-1:worker:${pid}:${startTime}`);
    const file = readServiceFile(dataDir, 'worker');
    assert.deepEqual([file?.pid, file?.startTime, file?.owner], [pid, startTime, owner]);
  });

  it('starts a killed service again at once and releases the leases of the dead', async () => {
    const { board, ends, supervisor } = bench('serve');
    await up(supervisor);
    const first = await board.next<News>('news');
    process.kill(first.pid, 'SIGKILL');
    assert.equal(await board.next('released'), first.owner);
    assert.deepEqual(ends, ['died']);
    const second = await board.next<News>('news');
    assert.notEqual(second.pid, first.pid);
    assert.match(await board.next<string>('said'), /worker ended \(signal SIGKILL\).*at once/);
  });

  it('backs off from a service that keeps failing, then gives it up', async function () {
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

  it('rides out a data folder that takes no files, and removes none', async function () {
    this.timeout(30_000);
    const { board, boxes, dataDir, supervisor } = bench('serve');
    await up(supervisor);
    const { pid } = await board.next<News>('news');
    // What a read-only file system does to root too: nothing can be written to, or removed from, what is no folder.
    const run = runFolder(dataDir);
    renameSync(run, `${run}.away`);
    writeFileSync(run, '');
    process.kill(pid, 'SIGKILL');
    assert.match(await board.next<string>('said'), /^worker ended/);
    assert.match(
      await board.next<string>('said'),
      /^worker waits: '.*' takes no files \(E[A-Z]+\): free its disk/,
    );
    for (let waited = 0; waited < 6; waited++) await board.next('released');
    assert.deepEqual(
      boxes.filter(({ actual }) => actual === 'failed'),
      [],
    );
    rmSync(run);
    renameSync(`${run}.away`, run);
    const again = await board.next<News>('news');
    assert.notEqual(again.pid, pid);
    assert.equal(readServiceFile(dataDir, 'worker')?.pid, again.pid);
    await supervisor.stop();
  });

  it('stops with SIGTERM and leaves nothing', async () => {
    const { board, dataDir, boxes, supervisor } = bench('serve');
    await up(supervisor);
    const { pid } = await board.next<News>('news');
    await supervisor.stop();
    assert.equal(identify(pid), undefined);
    assert.deepEqual(serviceFiles(dataDir), []);
    assert.equal(boxes.at(-1)?.actual, 'stopped');
    assert.equal(boxes.at(-1)?.lastExit, 'exit code 0');
  });

  it('kills what does not heed SIGTERM when the grace is over', async () => {
    const { board, boxes, ends, supervisor } = bench('deaf');
    await up(supervisor);
    const { pid } = await board.next<News>('news');
    await supervisor.stop();
    assert.deepEqual(ends, ['stopped']);
    assert.equal(identify(pid), undefined);
    assert.equal(boxes.at(-1)?.lastExit, 'signal SIGKILL');
  });

  it('kills what a dead service started, also outside of its process group', async () => {
    const { board, supervisor } = bench('parent');
    await up(supervisor);
    const { pid, child } = await board.next<News>('news');
    const escaped = living(child);
    process.kill(pid, 'SIGKILL');
    await board.next('released');
    await gone(escaped);
  });

  it('kills one that ignores SIGTERM, and what it started outside of its process group', async () => {
    const { board, boxes, supervisor } = bench('deaf-parent');
    await up(supervisor);
    const { child } = await board.next<News>('news');
    const escaped = living(child);
    await supervisor.stop();
    assert.equal(boxes.at(-1)?.lastExit, 'signal SIGKILL');
    await gone(escaped);
  });

  it('holds no death against a service that had units of work in hand', async () => {
    const made = bench('crash');
    made.held = 1;
    await up(made.supervisor);
    for (let i = 0; i < 7; i++) {
      assert.equal(
        await made.board.next('said'),
        'worker ended (exit code 3) with 1 unit of work in hand; it is started again at once',
      );
    }
    made.held = 0;
    assert.match(await made.board.next<string>('said'), /^worker ended \(exit code 3\); .* at once$/);
    assert.match(await made.board.next<string>('said'), /^worker ended .* in 1 s$/);
  });

  it('takes requests into account: off stops, on starts, restart does both', async () => {
    const { board, facts, supervisor } = bench('serve');
    const request = (value: DesiredState): void =>
      facts.set(desiredStateFact('box-1', 'worker'), { ...value });
    await up(supervisor);
    const first = await board.next<News>('news');
    request({ desired: 'off', at: 1, restart: false });
    const stopped = await board.next<BoxRecord>('box stopped');
    assert.equal(stopped.desired, 'off');
    assert.equal(identify(first.pid), undefined);
    request({ desired: 'on', at: 2, restart: false });
    const second = await board.next<News>('news');
    request({ desired: 'on', at: 3, restart: true });
    const third = await board.next<News>('news');
    assert.notEqual(second.pid, third.pid);
    assert.equal(identify(second.pid), undefined);
  });

  it('keeps a service down that is wanted off from before', async () => {
    const { facts, boxes, dataDir, supervisor } = bench('serve');
    facts.set(desiredStateFact('box-1', 'worker'), { desired: 'off', at: 1, restart: false });
    await up(supervisor);
    await supervisor.stop();
    assert.deepEqual(
      boxes.map((box) => box.actual),
      ['stopped'],
    );
    assert.deepEqual(serviceFiles(dataDir), []);
  });

  it('clears what an earlier supervisor left before it starts anew', async () => {
    const earlier = bench('deaf');
    await up(earlier.supervisor);
    const old = await earlier.board.next<News>('news');
    const identity = living(old.pid);
    const later = bench('serve', earlier.dataDir);
    await later.supervisor.takeOver();
    assert.equal(isAlive(identity), false);
    assert.deepEqual([later.released, later.ends], [[old.owner], ['stopped']]);
    assert.deepEqual(serviceFiles(later.dataDir), []);
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
    assert.deepEqual(serviceFiles(made.dataDir), []);
    made.away = undefined;
    const second = await board.next<News>('news');
    assert.notEqual(second.pid, first.pid);
    assert.equal(await board.next('said'), 'the store answers again');
    while ((await board.next<BoxRecord>('box running')).pid !== second.pid);
  });

  it('waits for a server that a service finds away, without holding it against the service', async () => {
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
    assert.deepEqual(serviceFiles(made.dataDir), []);
  });
});
