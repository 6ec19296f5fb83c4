import assert from 'node:assert/strict';
import { openEventKey } from '../../../boot/event-key.ts';
import type { EventKey } from '../../../boot/event-key.ts';
import { eventSecretSpec } from '../../../db/event-collections.ts';
import { openStore } from '../../../db/registry.ts';
import type { Store } from '../../../db/store.ts';
import {
  ROTATION,
  loginPlace,
  namedPlace,
  putSecret,
  rotateSecret,
  signingPlace,
} from '../../../domain/event/secret.ts';
import type { SecretPlace } from '../../../domain/event/secret.ts';
import { putTrigger, signTrigger } from '../../../domain/event/trigger.ts';
import type { EventTarget, EventTrigger } from '../../../domain/event/trigger.ts';
import { createSecretReader } from '../../../worker/delivery/secrets.ts';
import { inputOf } from '../../domain/event/facts.ts';
import { targetOf } from '../../domain/event/parcel.ts';
import { manualClock } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NOW = 1_000_000;
const url = 'amqps://***@rabbit.example/%2F//jobs';

describe('secrets as workers read them', () => {
  const clock = manualClock(NOW);
  let store: Store;
  let key: EventKey;
  /** Reads of the store. */
  let reads: number;
  beforeEach(async () => {
    const dataDir = tempFolder();
    store = await openStore('embedded', { dataDir, clock });
    key = openEventKey({ dataDir, eventKey: undefined }, store);
    clock.set(NOW);
    reads = 0;
  });
  afterEach(() => store.close());

  const secrets = () => store.collection(eventSecretSpec);
  const counted: Pick<Store, 'collection'> = {
    collection: (spec) => {
      const collection = store.collection(spec);
      return { ...collection, getAll: (keys) => (reads++, collection.getAll(keys)) };
    },
  };
  const read = (trigger: EventTrigger) =>
    createSecretReader({ store: counted, clock, unseal: key.unseal })(trigger);
  const trigger = (target: Partial<EventTarget> = {}, isSigned = false): EventTrigger => {
    const put = putTrigger(undefined, inputOf({ target: targetOf(target) }), NOW).trigger;
    return isSigned ? signTrigger(put, 'fingerprint', NOW).trigger : put;
  };
  const keep = async (place: SecretPlace, text: string): Promise<void> =>
    secrets().put(putSecret(undefined, { place, sealed: await key.seal(text, place) }, NOW));

  it('are not asked for where a trigger has none', async () => {
    assert.deepEqual(await read(trigger()), { signing: [], named: {}, credentials: undefined });
    assert.equal(reads, 0);
  });

  it('are read together, and opened', async () => {
    const one = trigger({ url, headers: { a: '{{secret:billing}}', b: '{{secret:none}}' } }, true);
    await keep(signingPlace(one), 'whsec_old');
    const place = signingPlace(one);
    const known = await secrets().get(place);
    const sealed = await key.seal('whsec_new', place);
    await secrets().put(rotateSecret(known, { place, sealed }, NOW));
    await keep(loginPlace(one, url), 'ann:p%40ss');
    await keep(namedPlace(one.owner, 'billing'), 'token');
    assert.deepEqual(await read(one), {
      signing: ['whsec_new', 'whsec_old'],
      named: { billing: 'token' },
      credentials: { username: 'ann', password: 'p@ss' },
    });
    assert.equal(reads, 1);
    clock.set(NOW + ROTATION);
    assert.deepEqual((await read(one)).signing, ['whsec_new']);
  });

  it('are missed where a trigger says to have one', async () => {
    const missing = { code: 'SECRET_UNREADABLE', message: /needs a secret that is not stored, / };
    await assert.rejects(read(trigger({ url })), missing);
    await assert.rejects(read(trigger({}, true)), missing);
  });

  it('are opened in the address of a target that is only tested, and of no other host', async () => {
    const sealed = await key.seal('ann:pass', loginPlace(trigger(), 'https://example.org/'));
    const { credentials } = await read(trigger({ url: `https://${sealed}@example.org/hook` }));
    assert.deepEqual(credentials, { username: 'ann', password: 'pass' });
    assert.equal(reads, 0);
    await assert.rejects(read(trigger({ url: `https://${sealed}@example.com/hook` })), {
      code: 'SECRET_UNREADABLE',
      message: /is not as it was sealed, or was sealed for another place/,
    });
  });

  it('are refused when their record was moved to another trigger or changed', async () => {
    const [one, other] = [trigger({}, true), { ...trigger({}, true), id: 'other' }];
    await keep(signingPlace(one), 'whsec_one');
    const stored = await secrets().get(signingPlace(one));
    assert.ok(stored);
    await secrets().put({ ...stored, id: 'other' });
    assert.deepEqual((await read(one)).signing, ['whsec_one']);
    await assert.rejects(read(other), {
      code: 'SECRET_UNREADABLE',
      message: /^the signing secret of event trigger .*other is not as it was sealed/,
    });
  });
});
