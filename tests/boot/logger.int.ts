import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '../../boot/logger.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('the log of a unit', () => {
  it('is in its file when it is closed, and takes nothing after that', async () => {
    const dataDir = tempFolder();
    const log = createLogger({ dataDir, logLevel: 'info' }, 'unit');
    log.info('first', { of: 2 });
    log.warn('last');
    const closed = log.close();
    log.info('too late');
    await Promise.all([closed, log.close()]);
    const lines = readFileSync(join(dataDir, 'logs', 'unit.log'), 'utf8')
      .trimEnd()
      .split('\n');
    assert.deepEqual(
      lines.map((line) => {
        const { level, message, unit, of } = JSON.parse(line) as Record<string, unknown>;
        return { level, message, unit, of };
      }),
      [
        { level: 'info', message: 'first', unit: 'unit', of: 2 },
        { level: 'warn', message: 'last', unit: 'unit', of: undefined },
      ],
    );
  });

  it('closes soon when its disk takes no more', async function () {
    this.timeout(10_000);
    const dataDir = tempFolder();
    mkdirSync(join(dataDir, 'logs'));
    symlinkSync('/dev/full', join(dataDir, 'logs', 'unit.log'));
    const log = createLogger({ dataDir, logLevel: 'info' }, 'unit');
    for (let line = 0; line < 5000; line++) log.info(`line ${line}`);
    const before = Date.now();
    await log.close();
    assert.ok(Date.now() - before < 4000);
  });
});
