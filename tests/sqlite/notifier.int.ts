import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createNotifier } from '../../sqlite/notifier.ts';
import type { Notifier } from '../../sqlite/notifier.ts';
import { signalBoard } from '../support/signal-board.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('bell', () => {
  const bells: Notifier[] = [];
  const bellIn = (folder: string): Notifier => {
    const bell = createNotifier(folder);
    bells.push(bell);
    return bell;
  };
  afterEach(() => {
    for (const bell of bells.splice(0)) bell.close();
  });

  it('calls listeners of the same process at once', () => {
    const bell = bellIn(tempFolder());
    const calls: string[] = [];
    bell.listen('a', () => calls.push('first'));
    bell.listen('a', () => calls.push('second'));
    bell.listen('b', () => calls.push('other'));
    bell.ring('a');
    assert.deepEqual(calls, ['first', 'second']);
  });

  it('calls listeners of other processes, soon', async () => {
    const folder = tempFolder();
    const board = signalBoard();
    bellIn(folder).listen('a', () => board.post('called'));
    const here = bellIn(folder);
    const start = performance.now();
    for (let round = 0; round < 3; round++) {
      here.ring('a');
      await board.next('called');
    }
    assert.ok(performance.now() - start < 1000);
  });

  it('takes any name', async () => {
    const folder = tempFolder();
    const board = signalBoard();
    const names = ['queue.dead', '..', 'a/b', 'Größe 100%'];
    const there = bellIn(folder);
    for (const name of names) there.listen(name, () => board.post(name));
    const here = bellIn(folder);
    const start = performance.now();
    for (const name of names) {
      here.ring(name);
      await board.next(name);
    }
    assert.ok(performance.now() - start < 1000);
  });

  it('calls no listener that was removed', () => {
    const bell = bellIn(tempFolder());
    const calls: string[] = [];
    const stop = bell.listen('a', () => calls.push('stopped'));
    bell.listen('a', () => calls.push('listening'));
    stop();
    stop();
    bell.ring('a');
    assert.deepEqual(calls, ['listening']);
  });

  it('calls everybody now and then, for what got lost', async () => {
    const board = signalBoard();
    bellIn(tempFolder()).listen('a', () => board.post('called'));
    await board.next('called');
  });

  it('does without its folder, only later', async () => {
    const folder = tempFolder();
    const board = signalBoard();
    const bell = bellIn(folder);
    rmSync(folder, { recursive: true });
    bell.listen('a', () => board.post('called'));
    await board.next('called');
    bell.ring('a');
    await board.next('called');
  });

  it('is silent when closed', () => {
    const bell = bellIn(tempFolder());
    const calls: string[] = [];
    bell.listen('a', () => calls.push('a'));
    bell.close();
    bell.close();
    bell.ring('a');
    assert.deepEqual(calls, []);
    bell.close();
  });
});
