import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '../../support/temp-folder.ts';

describe('a message to the parent', () => {
  const start = (mark: string) =>
    fork(fileURLToPath(new URL('fixtures/talking-child.ts', import.meta.url)), [mark], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });

  it('arrives, and does not end the child when the parent is gone before the child knows', async () => {
    const mark = join(tempFolder(), 'gone');
    const child = start(mark);
    assert.deepEqual(await once(child, 'message'), ['to one who listens', undefined]);
    child.disconnect();
    // The child blocks until then, so that it still takes itself for connected.
    writeFileSync(mark, '');
    const [said] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.deepEqual([said.toString(), code], ['connected: true\n', 0]);
  });
});
