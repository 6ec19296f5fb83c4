import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChildRunner } from '../../../worker/isolation/child.ts';
import type { HandlerCall } from '../../../worker/invoke-handler.ts';
import { completed, crashed } from '../../../worker/reports/outcome.ts';
import type { Outcome } from '../../../worker/reports/outcome.ts';
import type { RunScope } from '../../../worker/run-scope.ts';
import { createChildPool } from '../../../worker/isolation/child-pool.ts';

interface Promised<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

const promised = <T>(): Promised<T> => {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
};

/** A child that does as it is told. */
interface Puppet {
  readonly runner: ChildRunner;
  readonly calls: string[];
  ready(): Promise<void>;
  answer(): Promise<void>;
  die(): Promise<void>;
  readonly hasEnded: () => boolean;
  readonly ended: Promise<void>;
}

const createPuppet = (): Puppet => {
  const [ready, gone] = [promised<undefined>(), promised<{ code: number; signal: null }>()];
  const calls: string[] = [];
  const ended = promised<undefined>();
  let isAlive = true;
  let hasEnded = false;
  let answer = promised<Outcome>();
  const run = ({ module }: HandlerCall): Promise<Outcome> => {
    calls.push(module);
    answer = promised();
    return Promise.race([answer.promise, gone.promise.then(() => crashed('it died'))]);
  };
  const die = (): Promise<void> => {
    isAlive = false;
    ready.resolve(undefined);
    gone.resolve({ code: 1, signal: null });
    return nextTurn();
  };
  const end = (): void => {
    hasEnded = true;
    ended.resolve(undefined);
    void die();
  };
  const runLast = async (call: HandlerCall): Promise<Outcome> => run(call).finally(end);
  const puppet: Puppet = {
    runner: { ready: ready.promise, gone: gone.promise, isAlive: () => isAlive, run, runLast, end },
    calls,
    ready: () => nextTurn(ready.resolve(undefined)),
    answer: () => nextTurn(answer.resolve(completed())),
    die,
    hasEnded: () => hasEnded,
    ended: ended.promise,
  };
  return puppet;
};

const STARTING = availableParallelism();
const MOST = STARTING + 2;
const LONG = 60_000;

describe('a pool of children', () => {
  let children: Puppet[];
  let pool: ReturnType<typeof createChildPool>;
  const newScope = (signal = new AbortController().signal): RunScope =>
    ({ signal, wait: <T>(turn: Promise<T>) => turn }) as unknown as RunScope;
  const start = (): ChildRunner => {
    const puppet = createPuppet();
    children.push(puppet);
    return puppet.runner;
  };
  const run = (name: string, signal?: AbortSignal): Promise<Outcome> =>
    pool.run({ module: name } as HandlerCall, newScope(signal));
  const many = (count: number): Promise<Outcome>[] => Array.from({ length: count }, (_, i) => run(`${i}`));
  const child = (index: number): Puppet => children[index] ?? assert.fail(`no child ${index}`);
  const made = (): string[][] => children.map(({ calls }) => calls);

  beforeEach(() => {
    children = [];
    pool = createChildPool({ start, most: MOST, idle: LONG, calls: 'run' });
  });

  it('starts few at once, and all in all so many', async () => {
    void many(MOST + 3);
    assert.equal(children.length, STARTING);
    await child(0).ready();
    assert.equal(children.length, STARTING + 1, 'one more for the one that is up');
    for (let index = 1; index < children.length; index++) await child(index).ready();
    assert.equal(children.length, MOST);
    await child(0).answer();
    assert.deepEqual(made()[0], ['0', String(MOST)]);
    await child(1).die();
    assert.equal(children.length, MOST + 1, 'one in the place of the dead');
  });

  it('gives each call to the first child that can make it, and starts no more than wait', async () => {
    const outcomes = many(2);
    const last = child(0);
    await last.ready();
    await last.answer();
    await last.answer();
    assert.deepEqual(last.calls, ['0', '1']);
    await Promise.all(outcomes);
    await Promise.all(children.map((each) => each.ready()));
    assert.equal(children.length, 2);
    const again = run('again');
    await nextTurn();
    await Promise.all(children.map((each) => each.answer()));
    assert.equal((await again).event, 'complete');
    assert.equal(children.length, 2);
  });

  it('makes calls in the order of asking', async () => {
    pool = createChildPool({ start, most: 1, idle: LONG, calls: 'run' });
    void many(3);
    await child(0).ready();
    await child(0).answer();
    await child(0).answer();
    assert.deepEqual(made(), [['0', '1', '2']]);
  });

  it('forgets a call that is aborted before it or while it waits for a child', async () => {
    const abort = new AbortController();
    const leaving = run('leaving', abort.signal);
    const staying = run('staying');
    abort.abort(new Error('canceled'));
    await assert.rejects(leaving, /canceled/);
    await assert.rejects(run('late', abort.signal), /canceled/);
    await child(0).ready();
    assert.deepEqual(child(0).calls, ['staying']);
    await child(0).answer();
    assert.equal((await staying).event, 'complete');
  });

  it('lets the death of a child be that of its call alone', async () => {
    const outcomes = many(2);
    for (let index = 0; index < 2; index++) await child(index).ready();
    await child(0).die();
    await child(1).answer();
    const [first, second] = await Promise.all(outcomes);
    assert.deepEqual([first?.crashed, second?.event], [true, 'complete']);
  });

  it('tells by its call that a child died while it started', async () => {
    const outcome = run('unlucky');
    await child(0).die();
    assert.equal((await outcome).crashed, true);
    assert.equal(children.length, 1);
  });

  it('refuses the call for which no child can be started, and goes on', async () => {
    const failing = createChildPool({
      start: () =>
        children.length === 0 ? (children.push(createPuppet()), assert.fail('no memory')) : start(),
      most: MOST,
      idle: LONG,
      calls: 'run',
    });
    await assert.rejects(failing.run({ module: 'first' } as HandlerCall, newScope()), /no memory/);
    void failing.run({ module: 'second' } as HandlerCall, newScope());
    await child(1).ready();
    assert.deepEqual(child(1).calls, ['second']);
  });

  it('ends a child that rests for long, not one at work', async () => {
    pool = createChildPool({ start, most: MOST, idle: 1, calls: 'run' });
    void run('one');
    await child(0).ready();
    void run('two');
    await child(1).ready();
    await child(0).answer();
    await child(0).ended;
    assert.equal(child(1).hasEnded(), false);
  });

  it('wakes the child that rested last, so that the others end', async () => {
    void run('one');
    await child(0).ready();
    void run('two');
    await child(1).ready();
    await child(0).answer();
    await child(1).answer();
    void run('three');
    assert.deepEqual(await nextTurn(made()), [['one'], ['two', 'three']]);
  });

  it('makes no call in a child that died while it rested', async () => {
    void run('one');
    await child(0).ready();
    await child(0).answer();
    await child(0).die();
    void run('two');
    await child(1).ready();
    assert.deepEqual(made(), [['one'], ['two']]);
  });

  it('that is closed ends those that rest at once, and those at work after their call', async () => {
    void run('one');
    await child(0).ready();
    void run('two');
    await child(1).ready();
    await child(0).answer();
    pool.close();
    assert.deepEqual([child(0).hasEnded(), child(1).hasEnded()], [true, false]);
    await child(1).answer();
    assert.equal(child(1).hasEnded(), true);
  });

  it('may have each child make but one call', async () => {
    pool = createChildPool({ start, most: 1, idle: LONG, calls: 'runLast' });
    const outcomes = many(2);
    await child(0).ready();
    await child(0).answer();
    await child(1).ready();
    await child(1).answer();
    await Promise.all(outcomes);
    assert.deepEqual(made(), [['0'], ['1']]);
  });
});
