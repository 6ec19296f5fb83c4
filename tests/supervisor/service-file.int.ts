import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import {
  readServiceFile,
  removeServiceFile,
  runFolder,
  serviceFiles,
  writeOwnServiceFile,
} from '../../supervisor/service-file.ts';
import { tempFolder } from '../support/temp-folder.ts';

const launch = { argv: ['start'], environment: {} };
const many = Array.from({ length: 30 }, (_, i) => `NightlyImportOfRegion${i}`);

describe('the pid file of a worker that serves many processes', () => {
  it('has a name that file systems take, and is known by all it serves', () => {
    const folder = tempFolder();
    const [one, other] = [many.join('+'), [...many, 'Another'].join('+')];
    for (const service of [one, other, 'A+B']) writeOwnServiceFile(folder, service, launch);
    assert.equal(readServiceFile(folder, one)?.service, one);
    assert.equal(readServiceFile(folder, other)?.service, other);
    const listed = serviceFiles(folder).map(({ service }) => service);
    assert.deepEqual(listed.sort(), ['A+B', one, other].sort());
    const names = readdirSync(runFolder(folder));
    assert.ok(names.includes('A+B.json'));
    assert.ok(names.every((name) => Buffer.byteLength(name) < 200));
    removeServiceFile(folder, one);
    assert.equal(readServiceFile(folder, one), undefined);
    assert.equal(readServiceFile(folder, other)?.service, other);
  });
});
