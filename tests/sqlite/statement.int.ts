import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Database } from '../../sqlite/open.ts';
import { retryBusy } from '../../sqlite/retry-busy.ts';
import { isBusy, prepare, toStoreError } from '../../sqlite/statement.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('errors of SQLite', () => {
  let file: string;
  let database: Database;
  let other: Database;
  beforeEach(() => {
    file = join(tempFolder(), 'synergy.db');
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec('CREATE TABLE t (a PRIMARY KEY); INSERT INTO t VALUES (1)');
    other = new DatabaseSync(file, { timeout: 0 });
  });
  afterEach(() => {
    database.close();
    other.close();
  });

  const errorOf = (work: () => unknown): unknown => {
    try {
      work();
    } catch (error) {
      return error;
    }
    return assert.fail('expected an error');
  };

  for (const method of ['run', 'get', 'all'] as const) {
    it(`are known from '${method}' when another connection is in the way`, () => {
      const statement = prepare(database, 'SELECT a FROM t');
      other.exec('BEGIN EXCLUSIVE');
      const error = errorOf(() => statement[method]());
      assert.equal(isBusy(error), true);
      assert.equal(toStoreError(error, file), error);
    });
  }

  it('that are mistakes of ours stay as they are', () => {
    const statement = prepare(database, 'INSERT INTO t VALUES (1)');
    const error = errorOf(() => statement.run());
    assert.equal(isBusy(error), false);
    assert.equal(toStoreError(error, file), error);
    assert.equal(isBusy('text'), false);
  });

  it('that concern the file become one line for people', () => {
    database.exec('PRAGMA max_page_count = 2');
    for (const method of ['run', 'get', 'all'] as const) {
      const statement = prepare(database, `INSERT INTO t VALUES ('${'x'.repeat(100_000)}')`);
      const shown = toStoreError(
        errorOf(() => statement[method]()),
        file,
      );
      assert.ok(shown.message.startsWith(`store ${file}: the disk is full`));
      assert.equal((shown as { code?: string }).code, 'STORE_UNREADABLE');
    }
  });

  it('are waited for while they are busy, for so long', async () => {
    const statement = prepare(database, 'SELECT a FROM t');
    other.exec('BEGIN EXCLUSIVE');
    let tries = 0;
    const reading = retryBusy(
      () => {
        if (++tries === 3) other.exec('ROLLBACK');
        return statement.all();
      },
      file,
      10_000,
    );
    assert.deepEqual(await reading, [[1]]);
    assert.equal(tries, 3);
    other.exec('BEGIN EXCLUSIVE');
    await assert.rejects(
      retryBusy(() => statement.all(), file, 30),
      { code: 'STORE_LOCKED' },
    );
  });
});
