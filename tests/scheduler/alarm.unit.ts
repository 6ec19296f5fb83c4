import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AlarmClock } from '../../scheduler/alarm.ts';

const realClock = { now: () => Date.now() };

describe('AlarmClock', () => {
  const alarms = new AlarmClock(realClock);
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
      alarms.set('end', now + 10, resolve);
    });
    assert.deepEqual(rung, ['new']);
  });

  it('takes instants further away than a timer can count without ringing at once', async () => {
    let rung = false;
    alarms.set('far', Date.now() + 2 ** 33, () => (rung = true));
    await new Promise<void>((resolve) => alarms.set('near', Date.now() + 20, resolve));
    assert.equal(rung, false);
    assert.ok((alarms.at('far') ?? 0) > Date.now() + 2 ** 32);
  });

  it('rings any set of instants in order', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.integer({ min: -50, max: 0 }), { minLength: 1, maxLength: 60 }),
      async (ages) => {
        const order: number[] = [];
        const now = Date.now();
        const own = new AlarmClock(realClock);
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
