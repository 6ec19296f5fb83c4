import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { eventTriggerSpec } from '../../../db/event-collections.ts';
import { openStore } from '../../../db/registry.ts';
import type { Store } from '../../../db/store.ts';
import { putTrigger } from '../../../domain/event/trigger.ts';
import { createTriggerReader } from '../../../worker/delivery/trigger-reader.ts';
import { inputOf } from '../../domain/event/facts.ts';
import { manualClock } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NOW = 1_000_000;

describe('triggers as workers read them', () => {
  const dataDir = tempFolder();
  let store: Store;
  /** Triggers of each read of the store. */
  const reads: string[][] = [];
  before(async () => {
    store = await openStore('embedded', { dataDir, clock: manualClock(NOW) });
    for (const id of ['a', 'b', 'torn'])
      await store.collection(eventTriggerSpec).insertNew(putTrigger(undefined, inputOf({ id }), NOW).trigger);
  });
  beforeEach(() => reads.splice(0));
  after(() => store.close());

  const reader = () => {
    const triggers = store.collection(eventTriggerSpec);
    return createTriggerReader({
      get: (key) => triggers.get(key),
      getAll: (keys) => {
        reads.push(keys.map(({ id }) => id));
        return triggers.getAll(keys);
      },
    });
  };
  const owner = inputOf({}).owner;

  it('are read together that are asked for in one turn, and anew in the next', async () => {
    const read = reader();
    const found = await Promise.all(['b', 'a', 'none', 'a'].map((id) => read({ owner, id })));
    assert.deepEqual(
      found.map((trigger) => trigger?.id),
      ['b', 'a', undefined, 'a'],
    );
    await store
      .collection(eventTriggerSpec)
      .compareAndSet({ owner, id: 'a' }, { revision: 1 }, { name: 'new' });
    assert.equal((await read({ owner, id: 'a' }))?.name, 'new');
    assert.deepEqual(reads, [['b', 'a', 'none', 'a'], ['a']]);
  });

  it('fail alone where they cannot be read', async () => {
    const database = new DatabaseSync(join(dataDir, 'synergy.db'));
    database.exec(`UPDATE event_trigger SET target = '{' WHERE id = 'torn'`);
    database.close();
    const read = reader();
    const whole = read({ owner, id: 'a' });
    await assert.rejects(read({ owner, id: 'torn' }), { code: 'VALUE_UNREADABLE' });
    assert.equal((await whole)?.id, 'a');
  });
});
