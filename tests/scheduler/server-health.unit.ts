import assert from 'node:assert/strict';
import type { Logger } from '../../domain/logger.ts';
import { watchServers } from '../../scheduler/server-health.ts';
import { memoryCollections } from '../support/collections.ts';
import { signalBoard } from '../support/signal-board.ts';

const board = signalBoard();
const log: Logger = {
  info: (message) => board.post('info', message),
  warn: (message) => board.post('warn', message),
  error: (message) => board.post('error', message),
};
const fine = (): Promise<undefined> => Promise.resolve(undefined);

describe('the health of store and queue', () => {
  let now = 1000;
  let ask: { store: () => Promise<undefined>; queue: () => Promise<unknown> };
  let watch: ReturnType<typeof watchServers>;
  beforeEach(() => {
    now = 1000;
    ask = { store: fine, queue: fine };
    watch = watchServers({
      store: memoryCollections(() => (board.post('asked'), ask.store())),
      queue: {
        depth: async () => {
          await ask.queue();
          return { ready: 0, taken: 0 };
        },
      },
      clock: { now: () => now },
      log,
      timings: { interval: 1, patience: 20 },
    });
  });
  afterEach(() => watch.stop());

  it('has nothing to tell while both answer', async () => {
    await board.next('asked');
    await board.next('asked');
    assert.deepEqual(watch.troubles(), []);
  });

  it('tells since when and why one does not answer, and the log once', async () => {
    ask.store = () => Promise.reject(new Error('no route to db1\nand more'));
    assert.equal(await board.next('warn'), 'the store does not answer, asking again: no route to db1');
    now = 5000;
    ask.store = () => Promise.reject(new Error('still no route'));
    while (watch.troubles()[0]?.because !== 'still no route') await board.next('asked');
    assert.deepEqual(watch.troubles(), [{ what: 'store', since: 1000, because: 'still no route' }]);
    ask.store = fine;
    assert.equal(await board.next('info'), 'the store answers again');
    assert.deepEqual(watch.troubles(), []);
  });

  it('takes silence for an answer', async () => {
    let answer: () => void = () => undefined;
    ask.queue = () => new Promise<void>((resolve) => (answer = resolve));
    assert.match(
      await board.next<string>('warn'),
      /^the queue does not answer, asking again: no answer within 0\.02 s$/,
    );
    assert.equal(watch.troubles()[0]?.what, 'queue');
    ask.queue = fine;
    answer();
    assert.equal(await board.next('info'), 'the queue answers again');
  });
});
