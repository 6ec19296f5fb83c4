import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '../../boot/logger.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('the log of a service', () => {
  it('is in its file when it is closed, and takes nothing after that', async () => {
    const dataDir = tempFolder();
    const log = createLogger({ dataDir, logLevel: 'info' }, 'worker');
    log.info('first', { of: 2 });
    log.warn('last');
    const closed = log.close();
    log.info('too late');
    await Promise.all([closed, log.close()]);
    const lines = readFileSync(join(dataDir, 'logs', 'worker.log'), 'utf8')
      .trimEnd()
      .split('\n');
    assert.deepEqual(
      lines.map((line) => {
        const { level, message, service, of } = JSON.parse(line) as Record<string, unknown>;
        return { level, message, service, of };
      }),
      [
        { level: 'info', message: 'first', service: 'worker', of: 2 },
        { level: 'warn', message: 'last', service: 'worker', of: undefined },
      ],
    );
  });

  it('closes soon when its disk takes no more', async function () {
    this.timeout(10_000);
    const dataDir = tempFolder();
    mkdirSync(join(dataDir, 'logs'));
    symlinkSync('/dev/full', join(dataDir, 'logs', 'worker.log'));
    const log = createLogger({ dataDir, logLevel: 'info' }, 'worker');
    for (let line = 0; line < 5000; line++) log.info(`line ${line}`);
    const before = Date.now();
    await log.close();
    assert.ok(Date.now() - before < 4000);
  });
});
