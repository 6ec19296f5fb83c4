import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createPasswordHashes, scryptCost } from '../../../scheduler/accounts/password-hash.ts';
import { createMemory } from '../../../simulation/store/memory.ts';
import { memoryCollections } from '../../support/collections.ts';
import { manualClock } from '../../support/rig.ts';
import { NOW, PASSWORD, accountsOf, by, lowCost } from './accounts.ts';

describe('hashes of passwords', () => {
  const hashes = createPasswordHashes(randomBytes, lowCost);

  it('are of scrypt, each with a salt of its own', async () => {
    const [one, two] = [await hashes.hash(PASSWORD), await hashes.hash(PASSWORD)];
    assert.notEqual(one, two);
    for (const hash of [one, two]) assert.equal(await hashes.compare(hash, PASSWORD), 'right');
    assert.equal(await hashes.compare(one, `${PASSWORD} `), 'wrong');
    assert.equal(await hashes.compare(null, PASSWORD), 'wrong');
    await assert.rejects(hashes.compare('$2b$10$x', PASSWORD), /a stored password hash cannot be read/);
  });

  it('know what scrypt gives for the words of RFC 7914', async () => {
    const key =
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640';
    const salt = Buffer.from('NaCl').toString('base64url');
    const first = Buffer.from(key, 'hex').subarray(0, 32).toString('base64url');
    assert.equal(await hashes.compare(`$scrypt$ln=10,r=8,p=16$${salt}$${first}`, 'password'), 'right');
  });

  it('take the same password however its letters are put together', async () => {
    assert.equal(await hashes.compare(await hashes.hash('caf\u00e9'), 'cafe\u0301'), 'right');
  });

  it('tell of one that cost less than is asked for now', async () => {
    const old = await hashes.hash(PASSWORD);
    for (const raised of [{ ln: 5 }, { r: 9 }, { p: 2 }])
      assert.equal(
        await createPasswordHashes(randomBytes, { ...lowCost, ...raised }).compare(old, PASSWORD),
        'outdated',
      );
    assert.equal(
      await createPasswordHashes(randomBytes, { ...lowCost, ln: 3 }).compare(old, PASSWORD),
      'right',
    );
  });

  it('are as costly as OWASP asks for', async () => {
    assert.deepEqual(scryptCost, { ln: 15, r: 8, p: 1 });
    const real = createPasswordHashes(randomBytes, scryptCost);
    assert.equal(await real.compare(await real.hash(PASSWORD), PASSWORD), 'right');
  });

  it('are computed a few at a time, and some wait; the others are turned away', async () => {
    const hash = await hashes.hash(PASSWORD);
    const answers = await Promise.all(Array.from({ length: 50 }, () => hashes.compare(hash, PASSWORD)));
    const counts = ['right', 'busy'].map((wanted) => answers.filter((answer) => answer === wanted).length);
    assert.deepEqual(counts, [34, 16]);
    assert.equal(await hashes.compare(hash, PASSWORD), 'right', 'and there is room again');
  });

  it('cost an unknown name the time that a wrong password costs', async () => {
    const clock = manualClock(NOW);
    const accounts = accountsOf(memoryCollections(undefined, createMemory()), clock, {
      cost: { ln: 13, r: 8, p: 1 },
    });
    await accounts.users.add({ name: 'ann', role: 'admin', password: PASSWORD }, by);
    await accounts.users.add({ name: 'ben', role: 'viewer' }, by);
    let tries = 0;
    const timeOf = async (name: string): Promise<number> => {
      const times: number[] = [];
      for (let i = 0; i < 5; i++) {
        const begun = performance.now();
        const client = { address: `192.0.2.${tries++}` };
        assert.deepEqual(await accounts.signIn({ name, password: 'another password' }, client), {
          because: 'wrong',
        });
        times.push(performance.now() - begun);
      }
      return Math.min(...times);
    };
    const wrong = await timeOf('ann');
    for (const name of ['eve', 'ben', 'Not a Name']) {
      const ratio = (await timeOf(name)) / wrong;
      assert.ok(ratio > 0.5 && ratio < 2, `${name}: ${ratio}`);
    }
  });
});
