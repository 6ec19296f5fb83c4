import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mock } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deadline, startTimer } from '../../../lib/os/timer.ts';

const DAY = 86_400_000;
const LONGEST = 2 ** 31 - 1;

describe('timers of any length', () => {
  let rung = 0;
  const ring = (): void => {
    rung++;
  };
  /** As far as one timer of Node reaches at a time: what is set in between is set at its instant. */
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= LONGEST) mock.timers.tick(Math.min(left, LONGEST));
  };

  beforeEach(() => {
    rung = 0;
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  afterEach(() => mock.timers.reset());

  it('ring once, after 24.8 days as after a millisecond', () => {
    for (const ms of [1, 25 * DAY, 400 * DAY]) {
      startTimer(ms, ring);
      pass(ms - 1);
      assert.equal(rung, 0, `${ms} ms are not over`);
      pass(1);
      assert.equal(rung, 1, `${ms} ms are over`);
      pass(400 * DAY);
      assert.equal(rung, 1);
      rung = 0;
    }
  });

  it('can be called off, in the middle of a long one too', () => {
    const stop = startTimer(60 * DAY, ring);
    pass(30 * DAY);
    stop();
    pass(60 * DAY);
    assert.equal(rung, 0);
  });
});

describe('a deadline', () => {
  const forever = new AbortController().signal;
  // As --expose-gc would, for this context only.
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;

  it('aborts with the signal that it stands on, be it aborted already', () => {
    const controller = new AbortController();
    const { signal, end } = deadline(3_600_000, controller.signal);
    assert.equal(signal.aborted, false);
    controller.abort(new Error('enough'));
    assert.equal((signal.reason as Error).message, 'enough');
    end();
    const late = deadline(3_600_000, controller.signal);
    assert.equal(late.signal.aborted, true);
    late.end();
  });

  it('aborts no more once it was ended', () => {
    const controller = new AbortController();
    const { signal, end } = deadline(3_600_000, controller.signal);
    end();
    controller.abort();
    assert.equal(signal.aborted, false);
  });

  it('is told to who listens although garbage was collected meanwhile', async () => {
    // Nothing but the timer holds on to what is waited for: a listener on it does not.
    const waiting = Array.from({ length: 50 }, () => once(deadline(200, forever).signal, 'abort'));
    for (let i = 0; i < 5; i++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(waiting);
  });
});
