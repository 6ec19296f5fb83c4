import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEventKey } from '../../boot/event-key.ts';
import { eventSecretSpec } from '../../db/event-collections.ts';
import { openStore } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import { loginPlace, namedPlace, putSecret, signingPlace } from '../../domain/event/secret.ts';
import { tempFolder } from '../support/temp-folder.ts';

const KEY = 'one key for all boxes, thirty-two characters';
const trigger = { owner: 'ann', id: 'bill' };
const place = signingPlace(trigger);

describe('the key of secrets of event triggers', () => {
  let dataDir: string;
  let store: Store;
  beforeEach(async () => {
    dataDir = tempFolder();
    store = await openStore('embedded', { dataDir, clock: { now: () => 7 } });
  });
  afterEach(() => store.close());

  const open = (eventKey?: string, folder = dataDir) => openEventKey({ dataDir: folder, eventKey }, store);
  const file = (): string => join(dataDir, 'event.key');
  const keep = async (sealed: string): Promise<void> =>
    store.collection(eventSecretSpec).put(putSecret(undefined, { place, sealed }, 7));

  it('is made for the first secret, whole, for its owner alone, by whoever is faster', async () => {
    await assert.rejects(open().unseal('sealed.01234567.AAAA', place), {
      code: 'SECRET_UNREADABLE',
      message: /is not there: put '.*event\.key' back, from a backup or from the box that made it/,
    });
    assert.ok(!existsSync(file()));
    const boxes = Array.from({ length: 8 }, () => open());
    const sealed = await Promise.all(boxes.map(({ seal }) => seal('s3cret', place)));
    assert.equal(new Set(sealed).size, 1);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    assert.match(readFileSync(file(), 'utf8'), /^[A-Za-z0-9+/]{43}=\n$/);
    assert.deepEqual(
      readdirSync(dataDir).filter((name) => name.startsWith('event.key')),
      ['event.key'],
    );
    for (const { unseal } of [...boxes, open()]) assert.equal(await unseal(sealed[0] ?? '', place), 's3cret');
  });

  it('is not made anew while secrets are there that it could not open', async () => {
    await keep(await open().seal('s3cret', place));
    const elsewhere = open(undefined, tempFolder());
    await assert.rejects(elsewhere.seal('more', place), {
      code: 'SECRET_UNREADABLE',
      message: /is not there/,
    });
    assert.ok(await open().seal('more', place));
  });

  it('is that of the settings on all boxes, which may be the content of the file', async () => {
    const sealed = await open(KEY).seal('s3cret', place);
    assert.ok(!existsSync(file()));
    assert.equal(await open(KEY, tempFolder()).unseal(sealed, place), 's3cret');
    const made = await open().seal('s3cret', place);
    const copied = open(readFileSync(file(), 'utf8').trim(), tempFolder());
    assert.equal(await copied.unseal(made, place), 's3cret');
  });

  it('opens nothing of another key or another place, and says which it is', async () => {
    const sealed = await open(KEY).seal('s3cret', place);
    await assert.rejects(open(`${KEY}!`).unseal(sealed, place), {
      code: 'SECRET_UNREADABLE',
      message:
        /^the signing secret of event trigger ann\/bill was sealed under the key [\da-f]{8}, and this box has [\da-f]{8}: give all boxes the same 'eventKey'/,
    });
    for (const [other, name] of [
      [namedPlace('ann', 'billing'), /^the secret 'billing' of ann is not as it was sealed/],
      [
        loginPlace(trigger, 'amqp://***@h/'),
        /^the login secret of event trigger ann\/bill is not as it was sealed/,
      ],
      [signingPlace({ owner: 'ben', id: 'bill' }), /of event trigger ben\/bill is not as it was sealed/],
    ] as const)
      await assert.rejects(open(KEY).unseal(sealed, other), { code: 'SECRET_UNREADABLE', message: name });
  });

  it('has to be a file with a key that can be read', async () => {
    writeFileSync(file(), '\n');
    await assert.rejects(open().seal('s3cret', place), { message: /'.*event\.key', is empty: put it back/ });
    const folder = tempFolder();
    writeFileSync(join(folder, 'event.key'), 'x', { mode: 0o600 });
    chmodSync(join(folder, 'event.key'), 0o644);
    const again = await openStore('embedded', { dataDir: folder, clock: { now: () => 7 } });
    await again.close();
    assert.equal(statSync(join(folder, 'event.key')).mode & 0o777, 0o600, 'mended as other files of ours');
    await assert.rejects(open(undefined, join(file(), 'no-folder')).seal('s3cret', place), {
      code: 'SECRET_UNREADABLE',
      message: /cannot be read \(ENOTDIR\)$/,
    });
  });
});
