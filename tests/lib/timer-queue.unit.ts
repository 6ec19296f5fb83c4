import assert from 'node:assert/strict';
import { mock } from 'node:test';
import fc from 'fast-check';
import { TimerQueue } from '../../lib/timer-queue.ts';
import { manualClock } from '../support/rig.ts';
import type { ManualClock } from '../support/rig.ts';

const realClock = { now: () => Date.now() };

describe('a timer queue', () => {
  const alarms = new TimerQueue(realClock);
  afterEach(() => alarms.stop());

  it('rings in the order of the instants, never early', async () => {
    const start = Date.now();
    const rung = await new Promise<{ name: number; late: number }[]>((resolve) => {
      const seen: { name: number; late: number }[] = [];
      for (const delay of [30, 5, 20, 5, 0]) {
        alarms.set(`a${seen.length}${delay}${Math.random()}`, start + delay, () => {
          seen.push({ name: delay, late: Date.now() - start - delay });
          if (seen.length === 5) resolve(seen);
        });
      }
    });
    assert.deepEqual(
      rung.map(({ name }) => name),
      [0, 5, 5, 20, 30],
    );
    for (const { late } of rung) assert.ok(late >= 0, `${late} ms late`);
  });

  it('replaces an alarm of the same name and forgets a cleared one', async () => {
    const rung: string[] = [];
    await new Promise<void>((resolve) => {
      const now = Date.now();
      alarms.set('a', now + 1, () => rung.push('old'));
      alarms.set('a', now + 5, () => rung.push('new'));
      alarms.set('b', now + 2, () => rung.push('cleared'));
      alarms.clear('b');
      alarms.set('end', now + 10, () => resolve());
    });
    assert.deepEqual(rung, ['new']);
  });

  it('keeps no more than twice the alarms that stand, however often they are set again or cleared', () => {
    const far = Date.now() + 2 ** 33;
    for (let round = 0; round < 475; round++)
      for (let entry = 0; entry < 1000; entry++) alarms.set(`entry ${entry}`, far + round, () => undefined);
    assert.ok(alarms.size <= 2000, `${alarms.size} after 475,000 alarms of 1,000 names`);
    assert.equal(alarms.at('entry 7'), far + 474);
    for (let entry = 1; entry < 1000; entry++) alarms.clear(`entry ${entry}`);
    assert.ok(alarms.size <= 2, `${alarms.size} with one alarm that stands`);
  });

  it('takes instants further away than a timer can count without ringing at once', async () => {
    let rung = false;
    alarms.set('far', Date.now() + 2 ** 33, () => (rung = true));
    await new Promise<void>((resolve) => alarms.set('near', Date.now() + 20, () => resolve()));
    assert.equal(rung, false);
    assert.ok((alarms.at('far') ?? 0) > Date.now() + 2 ** 32);
  });

  describe('when the clock is set', () => {
    let clock: ManualClock;
    /** What a person who looks at a wall clock and a stopwatch sees: both go on, and the wall clock is set in between. */
    const pass = (ms: number): void => {
      for (let step = 0; step < ms; step += 100) {
        clock.advance(100);
        mock.timers.tick(100);
      }
    };
    const rung: string[] = [];
    const ring = (name: string) => (): void => void rung.push(name);

    beforeEach(() => {
      mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });
      rung.length = 0;
      clock = manualClock(Date.UTC(2026, 0));
    });
    afterEach(() => mock.timers.reset());

    it('back: tells by how much within 5 s, and can be armed anew', () => {
      const told: number[] = [];
      const own = new TimerQueue(clock, (ms) => {
        told.push(ms);
        own.set('entry', clock.now() + 2_000, ring('entry'));
      });
      own.set('entry', clock.now() + 60_000, ring('entry'));
      clock.advance(-3_600_000);
      pass(5_000);
      assert.equal(told.length, 1);
      assert.ok((told[0] ?? 0) > 3_590_000 && (told[0] ?? 0) <= 3_600_000, `${told[0]} ms`);
      pass(2_000);
      assert.deepEqual([rung, told.length], [['entry'], 1]);
      own.stop();
    });

    it('back: moves what stands for a pause by as much', () => {
      const own = new TimerQueue(clock, (ms) => own.bringForward(ms));
      own.set('late', clock.now() + 30_000, ring('late'));
      own.set('soon', clock.now() + 10_000, ring('soon'));
      own.set('gone', clock.now() + 10_000, ring('gone'));
      own.clear('gone');
      clock.advance(-86_400_000);
      pass(15_000);
      assert.deepEqual(rung, ['soon']);
      pass(20_000);
      assert.deepEqual(rung, ['soon', 'late']);
      own.stop();
    });

    it('ahead: rings within 5 s what became due', () => {
      const own = new TimerQueue(clock);
      own.set('in an hour', clock.now() + 3_600_000, ring('in an hour'));
      clock.advance(3_600_000);
      pass(5_000);
      assert.deepEqual(rung, ['in an hour']);
      own.stop();
    });

    it('by less than a second: catches up without a word', () => {
      const own = new TimerQueue(clock, () => rung.push('told'));
      own.set('next', clock.now() + 8_000, ring('next'));
      pass(4_900);
      clock.advance(-900);
      pass(3_900);
      assert.deepEqual(rung, []);
      pass(200);
      assert.deepEqual(rung, ['next']);
      own.stop();
    });
  });

  it('rings any set of instants in order', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.integer({ min: -50, max: 0 }), { minLength: 1, maxLength: 60 }),
      async (ages) => {
        const order: number[] = [];
        const now = Date.now();
        const own = new TimerQueue(realClock);
        await new Promise<void>((resolve) => {
          ages.forEach((age, i) => {
            own.set(String(i), now + age, () => {
              order.push(age);
              if (order.length === ages.length) resolve();
            });
          });
        });
        own.stop();
        assert.deepEqual(
          order,
          ages.toSorted((a, b) => a - b),
        );
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });
});
