import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { openDatabase } from '../../sqlite/open.ts';
import { SCHEMA_VERSION, migrations } from '../../sqlite/schema.ts';
import { startChild } from '../support/child.ts';
import { tempFolder } from '../support/temp-folder.ts';

const holdFile = new URL('children/hold-file.ts', import.meta.url);

describe('opening the file', () => {
  let file: string;
  beforeEach(() => {
    file = join(tempFolder(), 'synergy.db');
  });

  const run = (sql: string): void => {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  };
  const pragma = (name: string): unknown => {
    const database = new DatabaseSync(file);
    const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, unknown>;
    database.close();
    return Object.values(row)[0];
  };

  it('makes it, with its folder, in write-ahead mode and at the current version', async () => {
    file = join(tempFolder(), 'a', 'b', 'synergy.db');
    (await openDatabase(file, 100)).close();
    assert.equal(pragma('journal_mode'), 'wal');
    assert.equal(pragma('user_version'), SCHEMA_VERSION);
  });

  it('writes durably', async () => {
    const database = await openDatabase(file, 100);
    const [level] = Object.values(database.prepare('PRAGMA synchronous').get() as Record<string, unknown>);
    assert.equal(level, 2);
    database.close();
  });

  it('finds what is there when it is opened again, by many at once', async () => {
    const first = await Promise.all([openDatabase(file, 1000), openDatabase(file, 1000)]);
    first[0].exec(`INSERT INTO fact VALUES ('a', '1')`);
    for (const database of first) database.close();
    const again = await openDatabase(file, 100);
    assert.equal((again.prepare('SELECT value FROM fact').get() as { value: string }).value, '1');
    again.close();
  });

  it('brings a file of an earlier version up to date', async () => {
    run(`${migrations[0] ?? ''}; PRAGMA user_version = 1;
      INSERT INTO freerun_process VALUES ('Mail', 'daily', 'every 1h', '{}', 1, 'skip', 'last', '', 'user', 4000, NULL, 0, 1, 1)`);
    const database = await openDatabase(file, 100);
    const row: unknown = database.prepare('SELECT seen_until FROM freerun_process').get();
    assert.deepEqual({ ...(row as object) }, { seen_until: 4000 });
    database.close();
    assert.equal(pragma('user_version'), SCHEMA_VERSION);
  });

  it('tells the instant of a unit that an earlier version prepared ahead of it', async () => {
    const unit = (id: string, state: string, times: string): string => `
      INSERT INTO unit_of_work (id, kind, process_name, timeperiod, sequence, start_timeperiod, end_timeperiod, state, version,
        attempt, arguments, created_at, submitted_at, processed, aggregated, crashes, epoch)
      VALUES ('${id}', 'freerun', 'Mail', '1', 1, '1', '1', '${state}', 1, 0, '{}', ${times}, 0, 0, 0, 1);`;
    run(`${migrations.slice(0, 6).join(';')}; PRAGMA user_version = 6;
      ${unit('prepared', 'REQUESTED', '5020, 5000')} ${unit('rung', 'REQUESTED', '5000, 5000')}
      ${unit('done', 'PROCESSED', '5020, 5000')}`);
    const database = await openDatabase(file, 100);
    const rows = database.prepare('SELECT id, created_at, not_before FROM unit_of_work ORDER BY id').all();
    assert.deepEqual(
      rows.map((row) => Object.values(row as Record<string, unknown>)),
      [
        ['done', 5020, null],
        ['prepared', 5000, 5020],
        ['rung', 5000, null],
      ],
    );
    database.close();
  });

  it('refuses a file of a newer version and leaves it as it is', async () => {
    run(`PRAGMA user_version = ${SCHEMA_VERSION + 1}; CREATE TABLE future (a)`);
    const before = readFileSync(file);
    await assert.rejects(openDatabase(file, 100), (error: Error & { code: string }) => {
      assert.equal(error.code, 'STORE_VERSION');
      const [expected, given] = [SCHEMA_VERSION, SCHEMA_VERSION + 1];
      assert.match(error.message, new RegExp(`${file}.* version ${given}.* ${expected}: install`));
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
    assert.deepEqual(readFileSync(file), before);
  });

  it('refuses a file that is no database and leaves it as it is', async () => {
    writeFileSync(file, 'just a text, long enough to have room for a header of one hundred bytes'.repeat(3));
    const before = readFileSync(file);
    await assert.rejects(openDatabase(file, 100), { code: 'STORE_UNREADABLE', message: /not a database/ });
    assert.deepEqual(readFileSync(file), before);
  });

  it('refuses the database of another program and leaves it as it is', async () => {
    run('CREATE TABLE theirs (a)');
    const before = readFileSync(file);
    await assert.rejects(openDatabase(file, 100), { code: 'STORE_UNREADABLE', message: /another program/ });
    assert.deepEqual(readFileSync(file), before);
  });

  it('refuses a place where there can be no file', async () => {
    writeFileSync(file, '');
    const below = join(file, 'folder', 'synergy.db');
    await assert.rejects(openDatabase(below, 100), { code: 'STORE_UNREADABLE', message: /folder/ });
  });

  it('gives up on a file that another process holds for too long', async () => {
    const child = startChild(holdFile, file);
    await child.message();
    await assert.rejects(openDatabase(file, 50), { code: 'STORE_LOCKED', message: /another program/ });
    await child.kill();
  });

  it('waits for a file that another process holds for a while', async () => {
    const child = startChild(holdFile, file);
    await child.message();
    const opening = openDatabase(file, 10_000);
    child.send('let go');
    (await opening).close();
  });
});
