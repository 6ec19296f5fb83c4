import assert from 'node:assert/strict';
import { getFact, putFact } from '../../db/collections.ts';
import { join } from 'node:path';
import { openStore } from '../../db/registry.ts';
import { openQueue } from '../../mq/registry.ts';
import { tempFolder } from '../support/temp-folder.ts';

const clock = { now: () => Date.now() };
const options = { visibilityTimeout: 10_000, maxDeliveries: 3, prefetch: 10 };

describe('queue registry', () => {
  it('opens a queue by its name', async () => {
    const dataDir = tempFolder();
    const queue = await openQueue('embedded', { dataDir, clock });
    assert.equal(queue.name, 'embedded');
    assert.deepEqual(queue.capabilities, {
      delay: true,
      shared: false,
      countsAllTaken: true,
      commitLog: join(dataDir, 'synergy.db'),
    });
    await queue.close();
  });

  for (const url of ['embeded', 'kafka://host', 'constructor']) {
    it(`refuses '${url}' and says what there is`, async () => {
      const expected = { code: 'INVALID_SETTING', message: /'.*' is unknown: expected .*embedded/ };
      await assert.rejects(openQueue(url, { dataDir: tempFolder(), clock }), expected);
    });
  }

  it('lets store and queue of a folder be closed one after the other', async () => {
    const dataDir = tempFolder();
    const store = await openStore('embedded', { dataDir, clock });
    const queue = await openQueue('embedded', { dataDir, clock });
    await store.close();
    await queue.publish('q', ['a']);
    assert.equal((await queue.consume('q', options).take(1)).length, 1);
    await queue.close();
    await assert.rejects(queue.publish('q', ['b']), { code: 'STOPPED' });
  });
});

describe('embedded queue', () => {
  it('writes a record and the ring for it in one transaction, in their order', async () => {
    const dataDir = tempFolder();
    const store = await openStore('embedded', { dataDir, clock });
    const queue = await openQueue('embedded', { dataDir, clock });
    const ringing = queue.consume('q', options).take(1);
    // The scheduler does not wait for the record before the ring is published: a consumer of the ring still finds the record.
    const stored = putFact(store, 'a', 1);
    const rung = queue.publish('q', ['a']);
    await ringing;
    assert.equal(await getFact(store, 'a'), 1);
    await Promise.all([stored, rung]);
    await Promise.all([queue.close(), store.close()]);
  });
});
