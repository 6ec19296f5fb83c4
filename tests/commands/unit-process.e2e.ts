import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../support/child.ts';
import type { Child } from '../support/child.ts';
import { tempFolder } from '../support/temp-folder.ts';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly unit: string;
}

describe('the process of a unit', function () {
  this.timeout(30_000);
  let dataDir: string;
  let child: Child | undefined;

  const begin = (ending: string): { child: Child; code: Promise<number | null> } => {
    child = startChild(new URL('./fixtures/chatty-unit.ts', import.meta.url), ending);
    const code = once(child.process, 'exit').then(([exit]) => exit as number | null);
    child.process.send({
      type: 'begin',
      owner: 'box:chatty',
      brief: { dataDir, logLevel: 'info', workerGrace: 0 },
    });
    return { child, code };
  };
  const logged = (): Line[] =>
    readFileSync(join(dataDir, 'logs', 'chatty.log'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index + 1}`);

  beforeEach(() => {
    dataDir = tempFolder();
  });
  afterEach(() => {
    child?.process.kill('SIGKILL');
  });

  it('writes all of its log before it ends as asked', async () => {
    const { child: unit, code } = begin('stops');
    assert.deepEqual(await unit.message(), { type: 'ready' });
    unit.process.kill('SIGTERM');
    assert.equal(await code, 0);
    assert.deepEqual(
      logged().map(({ message }) => message),
      lines,
    );
  });

  it('writes all of its log before it ends because it will not begin', async () => {
    const { child: unit, code } = begin('refuses');
    assert.deepEqual(await unit.message(), {
      type: 'refused',
      code: 'STORE_LOCKED',
      message: 'the store is taken',
    });
    assert.equal(await code, 1);
    assert.deepEqual(
      logged().map(({ message }) => message),
      lines,
    );
  });

  it('writes why it crashed, after all that came before', async () => {
    const { code } = begin('crashes');
    assert.equal(await code, 1);
    const all = logged();
    assert.deepEqual(
      all.slice(0, -1).map(({ message }) => message),
      lines,
    );
    assert.equal(all.at(-1)?.level, 'error');
    assert.match(all.at(-1)?.message ?? '', /^synergy: this should not have happened.*nobody catches this/s);
  });

  it('ends though its log cannot be written', async () => {
    dataDir = join(tempFolder(), 'taken');
    writeFileSync(dataDir, '');
    const { code } = begin('stops');
    assert.equal(await code, 1);
  });
});
