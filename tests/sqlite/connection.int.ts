import assert from 'node:assert/strict';
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { openConnection, shareConnection } from '../../sqlite/connection.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import { SCHEMA_VERSION } from '../../sqlite/schema.ts';
import { startChild } from '../support/child.ts';
import { tempFolder } from '../support/temp-folder.ts';

const put = (connection: SqliteConnection, name: string): Promise<unknown> => {
  const insert = connection.prepare(`INSERT INTO fact (name, value) VALUES (?, '1')`);
  return connection.write(() => insert.run(name));
};
const names = (connection: SqliteConnection): Promise<unknown[]> => {
  const select = connection.prepare('SELECT name FROM fact ORDER BY name');
  return connection.read(() => select.all().map(([name]) => name));
};

describe('engine', () => {
  it('is shared by all who ask for the same folder, until the last one closes it', async () => {
    const folder = tempFolder();
    const [first, second] = await Promise.all([shareConnection(folder), shareConnection(join(folder, '.'))]);
    assert.equal(first.bell, second.bell);
    await first.close();
    await first.close();
    await put(second, 'a');
    await second.close();
    await assert.rejects(
      second.write(() => 0),
      { code: 'STOPPED' },
    );
    await assert.rejects(
      second.read(() => 0),
      { code: 'STOPPED' },
    );
    const third = await shareConnection(folder);
    assert.deepEqual(await names(third), ['a']);
    await third.close();
  });

  it('forgets a folder that could not be opened', async () => {
    const folder = tempFolder();
    const database = new DatabaseSync(join(folder, 'synergy.db'));
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    const failing = await Promise.allSettled([shareConnection(folder), shareConnection(folder)]);
    for (const result of failing) {
      assert.equal(result.status, 'rejected');
      assert.equal((result.reason as { code: string }).code, 'STORE_VERSION');
    }
    database.exec('PRAGMA user_version = 0');
    database.close();
    await (await shareConnection(folder)).close();
  });

  it('rings after the commit, once for all', async () => {
    const connection = await openConnection(tempFolder());
    const calls: Promise<unknown[]>[] = [];
    connection.bell.listen('q', () => calls.push(names(connection)));
    const insert = connection.prepare(`INSERT INTO fact (name, value) VALUES (?, '1')`);
    const writes = ['a', 'b'].map((name) =>
      connection.write(() => {
        insert.run(name);
        connection.ringOnCommit('q');
      }),
    );
    await Promise.all(writes);
    assert.deepEqual(await Promise.all(calls), [['a', 'b']]);
    await connection.close();
  });

  it('reads patiently while another process has the file for itself', async () => {
    const folder = tempFolder();
    const connection = await openConnection(folder);
    await put(connection, 'a');
    await connection.close();
    const child = startChild(new URL('children/hold-file.ts', import.meta.url), join(folder, 'synergy.db'));
    await child.message();
    const opening = openConnection(folder);
    child.send('let go');
    const again = await opening;
    assert.deepEqual(await names(again), ['a']);
    await again.close();
  });

  it('says that the file is damaged when it meets the damage', async () => {
    const folder = tempFolder();
    const connection = await openConnection(folder);
    await put(connection, 'x'.repeat(100_000));
    await connection.close();
    const file = openSync(join(folder, 'synergy.db'), 'r+');
    const size = 4096;
    for (let page = 1; page < 60; page++) writeSync(file, Buffer.alloc(2048, 0xaa), 0, 2048, page * size);
    const again = openConnection(folder);
    await assert.rejects(
      again.then((damaged) => names(damaged)),
      { code: 'STORE_UNREADABLE', message: /damaged/ },
    );
  });
});
