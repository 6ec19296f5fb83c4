import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { readLines, writeLine } from '../../../supervisor/ipc/json-lines.ts';

describe('lines of JSON', () => {
  let ends: readonly [Socket, Socket];

  beforeEach(async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [near] = (await once(server, 'connection')) as [Socket];
    ends = [near.setNoDelay(), far];
    server.close();
  });
  afterEach(() => ends.forEach((end) => end.destroy()));

  it('arrive whole and in order, however they were cut on the way', async () => {
    const [near, far] = ends;
    const sent = [{ text: 'line\nbreak' }, { text: '\u2028 und \u{1f600}' }, { number: 3 }];
    const heard: unknown[] = [];
    const all = new Promise<void>((resolve) =>
      readLines(far, (value) => {
        heard.push(value);
        if (heard.length === sent.length) resolve();
      }),
    );
    const bytes = Buffer.from(sent.map((value) => `${JSON.stringify(value)}\n`).join(''));
    for (const byte of bytes) await new Promise((resolve) => near.write(Buffer.of(byte), resolve));
    await all;
    assert.deepEqual(heard, sent);
  });

  it('count as sent also when the other side has hung up', async () => {
    const [near, far] = ends;
    far.destroy();
    near.on('error', () => undefined);
    await once(near.resume(), 'close');
    await new Promise<void>((resolve) => writeLine(near, {}, resolve));
  });
});
