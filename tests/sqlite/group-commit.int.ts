import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGroupCommit } from '../../sqlite/group-commit.ts';
import { openDatabase } from '../../sqlite/open.ts';
import type { Database } from '../../sqlite/open.ts';
import { prepare } from '../../sqlite/statement.ts';
import type { Statement } from '../../sqlite/statement.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('group commit', () => {
  let file: string;
  let database: Database;
  let other: Database;
  let commits: number;
  let group: ReturnType<typeof createGroupCommit>;
  let insert: Statement;
  beforeEach(async () => {
    file = join(tempFolder(), 'synergy.db');
    database = await openDatabase(file, 100);
    other = await openDatabase(file, 100);
    commits = 0;
    group = createGroupCommit({ database, file, patience: 200, onCommit: () => commits++ });
    insert = prepare(database, 'INSERT INTO fact (name, value) VALUES (?, ?)');
  });
  afterEach(async () => {
    await group.close();
    database.close();
    other.close();
  });

  const put = (name: string): Promise<string> => group.write(() => (insert.run(name, ''), name));
  /** What another connection sees. */
  const stored = (): string =>
    prepare(other, 'SELECT name FROM fact ORDER BY name')
      .all()
      .map(([name]) => name)
      .join(' ');
  const busy = (ms: number): void => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };

  it('commits the writes of one turn together', async () => {
    assert.deepEqual(await Promise.all([put('a'), put('b'), put('c')]), ['a', 'b', 'c']);
    assert.equal(stored(), 'a b c');
    assert.equal(commits, 1);
  });

  it('resolves after the commit', async () => {
    const seen = put('a').then(stored);
    assert.equal(await seen, 'a');
  });

  it('runs writes in the order they were made, each seeing those before', async () => {
    const count = prepare(database, 'SELECT count(*) FROM fact');
    const counts = [1, 2, 3].map((n) =>
      group.write(() => {
        insert.run(String(n), '');
        return count.get()?.[0];
      }),
    );
    assert.deepEqual(await Promise.all(counts), [1, 2, 3]);
  });

  it('undoes a write that throws, and no other', async () => {
    const first = put('a');
    const bad = group.write(() => {
      insert.run('x', '');
      throw new Error('no');
    });
    const second = put('b');
    const constraint = group.write(() => insert.run('a', 'again'));
    const results = await Promise.allSettled([first, bad, second, constraint, put('c')]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    );
    await assert.rejects(bad, { message: 'no' });
    assert.equal(stored(), 'a b c');
  });

  it('undoes all steps of a group when one of them fails, and no other group', async () => {
    const steps = (...names: string[]): Promise<boolean> =>
      group.write(({ allOrNone }) =>
        allOrNone(names, (name) => name !== 'no' && insert.run(name, '').changes === 1),
      );
    assert.deepEqual(
      await Promise.all([steps('a', 'b'), steps('x', 'no', 'y'), steps('no', 'z'), steps('c')]),
      [true, false, false, true],
    );
    assert.equal(stored(), 'a b c');
    assert.deepEqual(await Promise.all([steps('d'), steps('no'), steps()]), [true, false, true]);
    assert.equal(stored(), 'a b c d');
  });

  it('undoes a group within a write that goes on', async () => {
    const results = await group.write(({ allOrNone }) => [
      allOrNone(['a'], (name) => insert.run(name, '').changes === 1),
      allOrNone(['b', 'no'], (name) => name !== 'no' && insert.run(name, '').changes === 1),
      allOrNone(['c'], (name) => insert.run(name, '').changes === 1),
    ]);
    assert.deepEqual(results, [true, false, true]);
    assert.equal(stored(), 'a c');
  });

  it('waits for the disk when one write of the transaction does', async () => {
    const synchronous = prepare(database, 'PRAGMA synchronous');
    const level = (): unknown => synchronous.get()?.[0];
    const [normal, full] = [1, 2];
    assert.equal(await group.write(level), full);
    assert.deepEqual(await Promise.all([group.writeLightly(level), group.writeLightly(level)]), [
      normal,
      normal,
    ]);
    assert.deepEqual(await Promise.all([group.writeLightly(level), group.write(level)]), [full, full]);
    assert.equal(await group.write(level), full);
  });

  it('shows light writes to others at once', async () => {
    await group.writeLightly(() => insert.run('a', ''));
    assert.equal(stored(), 'a');
  });

  it('lets others have their turn when there is much to write', async () => {
    const writes = Array.from({ length: 12 }, (_, index) =>
      group.write(() => {
        busy(5);
        insert.run(String(index), '');
      }),
    );
    await Promise.all(writes);
    assert.ok(commits >= 3, `${String(commits)} commits`);
  });

  it('waits for a foreign transaction without blocking the event loop', async () => {
    other.exec('BEGIN IMMEDIATE');
    const writing = put('a');
    const turns = await sleep(60, 'still turning');
    assert.equal(turns, 'still turning');
    assert.equal(commits, 0);
    other.exec('COMMIT');
    assert.equal(await writing, 'a');
    assert.equal(stored(), 'a');
  });

  it('gives up when the foreign transaction lasts too long, and works again afterwards', async () => {
    other.exec('BEGIN IMMEDIATE');
    const results = await Promise.allSettled([put('a'), put('b')]);
    for (const result of results) {
      assert.equal(result.status, 'rejected');
      assert.equal((result.reason as { code: string }).code, 'STORE_LOCKED');
    }
    other.exec('ROLLBACK');
    assert.equal(await put('c'), 'c');
    assert.equal(stored(), 'c');
  });

  it('says that the disk is full, keeps what was stored and goes on when there is room', async () => {
    await put('a');
    const pages = Number(prepare(database, 'PRAGMA page_count').get()?.[0]);
    database.exec(`PRAGMA max_page_count = ${pages + 5}`);
    const big = group.write(() => insert.run('big', 'x'.repeat(1_000_000)));
    await assert.rejects(big, { code: 'STORE_UNREADABLE', message: /disk is full/ });
    database.exec('PRAGMA max_page_count = 1000000');
    await put('b');
    assert.equal(stored(), 'a b');
  });

  it('closes after what was begun, and refuses the rest', async () => {
    const writing = put('a');
    const closing = group.close();
    await assert.rejects(put('b'), { code: 'STOPPED' });
    await closing;
    assert.equal(await writing, 'a');
    assert.equal(stored(), 'a');
    await group.close();
  });
});
