import assert from 'node:assert/strict';
import { memoryCollections } from '../support/collections.ts';
import { commandSpec, factSpec } from '../../db/collections.ts';
import type { Lock, Store } from '../../db/store.ts';
import { DeposedError, SynergyError } from '../../domain/errors.ts';
import { beginLeadership } from '../../scheduler/leadership.ts';
import type { Leadership } from '../../scheduler/leadership.ts';
import { quietLog } from '../support/rig.ts';
import { signalBoard } from '../support/signal-board.ts';
import type { SignalBoard } from '../support/signal-board.ts';

interface Held extends Lock {
  readonly lose: () => void;
}

/** What the store says of epochs. */
interface Epochs {
  begin: () => Promise<number>;
  latest: () => Promise<number>;
}

/** A store that gives its lock as it is told. */
const world = () => {
  const board: SignalBoard = signalBoard();
  const answers: (() => Promise<Lock | undefined>)[] = [];
  const lock = (): Held => {
    const lost = new AbortController();
    return {
      lost: lost.signal,
      lose: () => lost.abort(),
      release: () => {
        board.post('released');
        return Promise.resolve();
      },
    };
  };
  const epochs: Epochs = {
    begin: () => Promise.resolve(7),
    latest: () => Promise.resolve(7),
  };
  const begin = async (): Promise<Leadership> => {
    const leadership = await beginLeadership('crown', {
      store: {
        tryLock: (name) => {
          board.post('asked', name);
          return (answers.shift() ?? (() => Promise.resolve(undefined)))();
        },
        beginEpoch: () => epochs.begin(),
        latestEpoch: () => epochs.latest(),
      },
      log: quietLog,
    });
    leadership.deposed.addEventListener('abort', () => board.post('deposed'));
    return leadership;
  };
  return { board, answers, epochs, lock, begin };
};

const bare = { capabilities: { shared: true } } as Store;

describe('the leadership of a scheduler', () => {
  it('does not begin where another one is at work', async () => {
    await assert.rejects(world().begin(), { code: 'STORE_LOCKED' });
  });

  it('gives the lock back', async () => {
    const { board, answers, lock, begin } = world();
    answers.push(() => Promise.resolve(lock()));
    await (await begin()).release();
    assert.equal(await board.next('asked'), 'crown');
    await board.next('released');
  });

  it('goes on with a lock taken again after an outage, and gives back that one', async () => {
    const { board, answers, lock, begin } = world();
    const [first, second] = [lock(), lock()];
    answers.push(
      () => Promise.resolve(first),
      () => Promise.reject(new Error('away')),
      () => Promise.resolve(second),
    );
    const leadership = await begin();
    first.lose();
    for (let i = 0; i < 3; i++) await board.next('asked');
    second.lose();
    await board.next('asked');
    await board.next('deposed');
    await leadership.release();
  });

  it('ends when another scheduler took the lock', async () => {
    const { board, answers, lock, begin } = world();
    const first = lock();
    answers.push(() => Promise.resolve(first));
    await begin();
    first.lose();
    await board.next('deposed');
  });

  it('begins an epoch, and gives the lock back when it cannot', async () => {
    const { board, answers, epochs, lock, begin } = world();
    answers.push(
      () => Promise.resolve(lock()),
      () => Promise.resolve(lock()),
    );
    assert.equal((await begin()).epoch, 7);
    epochs.begin = () => Promise.reject(new Error('away'));
    await assert.rejects(begin(), /away/);
    await board.next('released');
  });

  it('ends when another scheduler has come and gone while the lock was lost, and gives that back', async () => {
    const { board, answers, epochs, lock, begin } = world();
    const first = lock();
    answers.push(
      () => Promise.resolve(first),
      () => Promise.resolve(lock()),
    );
    const leadership = await begin();
    const looks = [() => Promise.reject(new Error('away')), () => Promise.resolve(8)];
    epochs.latest = () => (looks.shift() as () => Promise<number>)();
    first.lose();
    await board.next('deposed');
    assert.deepEqual(looks, []);
    await leadership.release();
    await board.next('released');
  });

  it('ends once the store has refused a write of any caller', async () => {
    const { board, answers, lock, begin } = world();
    answers.push(() => Promise.resolve(lock()));
    const leadership = await begin();
    let refusal = new SynergyError('STORE_UNREACHABLE', 'away');
    const fenced = leadership.fence({ ...bare, commit: () => Promise.reject(refusal) });
    await assert.rejects(fenced.commit([]), refusal);
    assert.equal(leadership.deposed.aborted, false);
    refusal = new DeposedError(7);
    await assert.rejects(fenced.commit([]), refusal);
    await assert.rejects(fenced.commit([]), refusal);
    await board.next('deposed');
  });

  it('writes no record of a collection once another epoch has begun', async () => {
    const { board, answers, lock, begin } = world();
    answers.push(() => Promise.resolve(lock()));
    const leadership = await begin();
    let latest = 7;
    const store = { ...bare, ...memoryCollections(), latestEpoch: () => Promise.resolve(latest) };
    const fenced = leadership.fence(store);
    const fact = { name: 'a', value: 1 };
    const writes: readonly (() => Promise<unknown>)[] = [
      () => fenced.collection(factSpec).put(fact),
      () => fenced.collection(factSpec).insertNew({ ...fact, name: 'b' }),
      () => fenced.collection(commandSpec).compareAndSet({ id: 'c' }, { state: 'open' }, { state: 'done' }),
      () => fenced.collection(factSpec).remove({ name: 'b' }),
    ];
    for (const each of writes) await each();
    assert.deepEqual(await store.collection(factSpec).list(), [fact]);
    assert.equal(leadership.deposed.aborted, false);
    latest = 8;
    for (const each of writes) await assert.rejects(each(), { code: 'DEPOSED' });
    assert.deepEqual(await fenced.collection(factSpec).list(), [fact], 'reads go on');
    await board.next('deposed');
  });

  it('keeps no lock that it gets after its end', async () => {
    const { board, answers, lock, begin } = world();
    const [first, late] = [lock(), lock()];
    let give: (lock: Lock) => void = () => undefined;
    answers.push(
      () => Promise.resolve(first),
      () => new Promise((resolve) => (give = resolve)),
    );
    const leadership = await begin();
    await board.next('asked');
    first.lose();
    await board.next('asked');
    await leadership.release();
    await board.next('released');
    give(late);
    await board.next('released');
  });
});
