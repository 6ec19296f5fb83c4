import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { openConnection } from '../../sqlite/connection.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('the stopwatch of writes', () => {
  let folder: string;
  let connection: SqliteConnection;
  beforeEach(async () => {
    folder = tempFolder();
    connection = await openConnection(folder);
  });
  afterEach(() => connection.close());

  const busyFor = (ms: number): void => {
    for (const end = performance.now() + ms; performance.now() < end;);
  };

  it('runs while one is at work, and not for the others of its commit', async () => {
    assert.equal(connection.workedFor(), 0);
    const [value] = await Promise.all([
      connection.writeTimed(() => {
        busyFor(30);
        return 7;
      }),
      connection.write(() => busyFor(500)),
    ]);
    assert.equal(value, 7);
    const first = connection.workedFor();
    assert.ok(first >= 30 && first < 400, `${first} ms`);
    await connection.write(() => busyFor(30));
    assert.equal(connection.workedFor(), first);
    await connection.writeTimed(() => busyFor(30));
    assert.ok(connection.workedFor() >= first + 30);
  });

  it('stands while another program has the file', async () => {
    const other = new DatabaseSync(join(folder, 'synergy.db'));
    other.exec('BEGIN IMMEDIATE');
    const begun = performance.now();
    const writing = connection.writeTimed(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 500));
    other.exec('ROLLBACK');
    await writing;
    const waited = performance.now() - begun;
    assert.ok(
      waited >= 500 && connection.workedFor() < waited - 400,
      `${connection.workedFor()} of ${waited} ms`,
    );
    other.close();
  });

  it('does not run for one that fails', async () => {
    const failing = connection.writeTimed(() => {
      throw new Error('no');
    });
    await assert.rejects(failing, /no/);
    assert.equal(connection.workedFor(), 0);
  });
});
