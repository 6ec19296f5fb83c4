import assert from 'node:assert/strict';
import { createOrigins } from '../../../../worker/delivery/http/origins.ts';

describe('the slots of an origin', () => {
  let now = 0;
  const setUp = (most: number) => {
    now = 0;
    return createOrigins(most, () => now);
  };

  it('are so many, whatever others have', async () => {
    const origins = setUp(2);
    await Promise.all([origins.enter('a'), origins.enter('a')]);
    now = 100;
    assert.equal(await origins.enter('a'), false);
    assert.equal(await origins.enter('b'), true);
    origins.leave('a');
    assert.equal(await origins.enter('a'), true);
  });

  it('are waited for in line where a delivery to it has just ended', async () => {
    const origins = setUp(2);
    for (const name of ['a', 'a']) await origins.enter(name);
    origins.leave('a');
    await origins.enter('a');
    const told: string[] = [];
    const line = ['one', 'two'].map((name) => origins.enter('a').then((may) => told.push(`${name} ${may}`)));
    origins.leave('a');
    await line[0];
    assert.deepEqual(told, ['one true']);
    origins.leave('a');
    await line[1];
    assert.deepEqual(told, ['one true', 'two true']);
  });

  it('are not waited for where none ended lately, or for long', async () => {
    const origins = setUp(2);
    for (let i = 0; i < 2; i++) await origins.enter('a');
    origins.leave('a');
    await origins.enter('a');
    assert.equal(await origins.enter('a'), false);
    now = 100;
    assert.equal(await origins.enter('a'), false);
  });
});
