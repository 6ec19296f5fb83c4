import assert from 'node:assert/strict';
import { createOrigins } from '../../../../worker/delivery/http/origins.ts';
import type { OriginTurn } from '../../../../worker/delivery/http/origins.ts';

describe('the slots of an origin', () => {
  let now = 0;
  const setUp = (most: number) => {
    now = 0;
    return createOrigins(most, () => now);
  };
  const leave = (turn: OriginTurn): void => {
    assert.ok('leave' in turn, 'it was turned away');
    turn.leave();
  };
  const mayBegin = (turn: OriginTurn): boolean => 'leave' in turn;
  const waitOf = (turn: OriginTurn): number => ('wait' in turn ? turn.wait : 0);

  it('are so many, whatever others have', async () => {
    const origins = setUp(2);
    const [first] = await Promise.all([origins.enter('a'), origins.enter('a')]);
    now = 500;
    assert.equal(mayBegin(await origins.enter('a')), false);
    assert.equal(mayBegin(await origins.enter('b')), true);
    leave(first);
    assert.equal(mayBegin(await origins.enter('a')), true);
  });

  it('are waited for in line where a delivery to it has just ended', async () => {
    const origins = setUp(2);
    const turns = [await origins.enter('a'), await origins.enter('a')];
    leave(turns[0]!);
    turns[0] = await origins.enter('a');
    const told: string[] = [];
    const line = ['one', 'two'].map((name) =>
      origins.enter('a').then((turn) => told.push(`${name} ${mayBegin(turn)}`)),
    );
    leave(turns[0]);
    await line[0];
    assert.deepEqual(told, ['one true']);
    leave(turns[1]!);
    await line[1];
    assert.deepEqual(told, ['one true', 'two true']);
  });

  it('are not waited for where none ended lately, or for long', async () => {
    const origins = setUp(2);
    const turns = [await origins.enter('a'), await origins.enter('a')];
    leave(turns[0]!);
    await origins.enter('a');
    assert.equal(mayBegin(await origins.enter('a')), false);
    now = 500;
    assert.equal(mayBegin(await origins.enter('a')), false);
  });

  it('are to be asked for again as fast as the origin takes deliveries, the sooner the faster it is', async () => {
    const waitsAfter = async (pause: number): Promise<number[]> => {
      const origins = setUp(2);
      await origins.enter('a');
      for (let i = 0; i < 100; i++) {
        const turn = await origins.enter('a');
        now += pause;
        leave(turn);
      }
      await origins.enter('a');
      // For so long that it does not count as moving.
      now += 500;
      const waits: number[] = [];
      for (let i = 0; i < 3; i++) waits.push(waitOf(await origins.enter('a')));
      return waits;
    };
    assert.deepEqual(await waitsAfter(300), [1300, 1600, 1900]);
    assert.deepEqual(await waitsAfter(2000), [3000, 5000, 7000]);
    assert.deepEqual(await waitsAfter(20_000), [10_000, 10_000, 10_000]);
  });

  it('are asked for one by one where the origin has not answered at all', async () => {
    const origins = setUp(2);
    for (let i = 0; i < 2; i++) await origins.enter('a');
    now = 3000;
    const waits = [waitOf(await origins.enter('a')), waitOf(await origins.enter('a'))];
    assert.deepEqual(waits, [2500, 4000]);
  });
});
