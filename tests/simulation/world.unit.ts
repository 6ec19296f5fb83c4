import assert from 'node:assert/strict';
import { setImmediate as endOfTurn, setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../../simulation/random.ts';
import { installTimers } from '../../simulation/timers.ts';
import { createWorld } from '../../simulation/world.ts';
import type { Life, Uncaught, World } from '../../simulation/world.ts';

const START = 1_000_000;

const lifeOf = (name: string): Life => ({ name, alive: true, paused: false, wokeAt: 0 });

describe('virtual time', () => {
  let world: World;
  let uncaught: Uncaught[];
  let seen: string[];
  let restore: () => void;
  beforeEach(() => {
    uncaught = [];
    seen = [];
    world = createWorld({ start: START, onUncaught: (death) => uncaught.push(death) });
    restore = installTimers(world, createRandom(1));
  });
  afterEach(() => restore());

  const see = (text: string): void => void seen.push(`${world.clock.now() - START} ${text}`);
  const begin = (life: Life, main: () => unknown): void =>
    void world.after(0, { life, label: 'start', run: () => void main() });
  const untilIdle = (): Promise<void> => world.run(() => false);

  it('passes as events happen: in their order, in no time', async () => {
    const life = lifeOf('a');
    begin(life, () => {
      setTimeout(() => see('later'), 86_400_000);
      setTimeout(() => see('soon'), 10);
      setTimeout(() => see('soon, too'), 10);
      clearTimeout(setTimeout(() => see('never'), 20));
      setTimeout((...given: unknown[]) => see(given.join()), 30, 'with', 'parameters');
    });
    const began = performance.now();
    await untilIdle();
    assert.deepEqual(seen, ['10 soon', '10 soon, too', '30 with,parameters', '86400000 later']);
    assert.ok(performance.now() - began < 5_000);
  });

  it('settles all promises of a step before the next', async () => {
    begin(lifeOf('a'), async () => {
      for (let i = 0; i < 100; i++) await Promise.resolve();
      see('settled');
    });
    world.after(0, { label: 'next', run: () => see('next') });
    await untilIdle();
    assert.deepEqual(seen, ['0 settled', '0 next']);
  });

  it('is that of timers with promises, too', async () => {
    begin(lifeOf('a'), async () => {
      await delay(5_000);
      see('delayed');
      await endOfTurn();
      see('a turn later');
      const gone = AbortSignal.abort(new Error('gone'));
      await delay(5_000, undefined, { signal: gone }).catch((error: unknown) => see(String(error)));
    });
    await untilIdle();
    assert.deepEqual(seen, ['5000 delayed', '5000 a turn later', '5000 Error: gone']);
  });

  it('ends for a process with its life', async () => {
    const [a, b] = [lifeOf('a'), lifeOf('b')];
    begin(a, () => setTimeout(() => see('a'), 20));
    begin(b, () => setTimeout(() => see('b'), 20));
    world.after(10, { label: 'kill', run: () => (a.alive = false) });
    await untilIdle();
    assert.deepEqual(seen, ['20 b']);
  });

  it('stands still for a process that does, and catches up when it goes on', async () => {
    const life = lifeOf('a');
    begin(life, () => {
      setTimeout(() => see('first'), 20);
      setTimeout(() => see('second'), 30);
      setTimeout(() => see('third'), 80);
    });
    world.after(10, { label: 'stop', run: () => world.pause(life) });
    world.after(50, { label: 'go on', run: () => world.resume(life) });
    await untilIdle();
    assert.deepEqual(seen, ['50 first', '50 second', '80 third']);
    assert.equal(life.wokeAt, START + 50);
  });

  it('tells of uncaught errors, and in whose life', async () => {
    begin(lifeOf('thrower'), () => {
      throw new Error('thrown');
    });
    begin(lifeOf('rejecter'), () => Promise.reject(new Error('rejected')));
    await untilIdle();
    assert.deepEqual(
      uncaught.map(({ life, error }) => `${life?.name ?? ''} ${String(error)}`),
      ['thrower Error: thrown', 'rejecter Error: rejected'],
    );
  });

  it('ends with the simulation: outside, timers are those of Node', async () => {
    await delay(1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(world.clock.now(), START);
  });
});
