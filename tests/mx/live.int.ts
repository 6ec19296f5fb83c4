import assert from 'node:assert/strict';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

/** Reads a stream until it holds `text`; rejects when it ends before. */
const readUntil = (response: IncomingMessage, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let seen = '';
    response.on('data', (chunk: Buffer) => {
      seen += chunk.toString('utf8');
      if (seen.includes(text)) resolve(seen);
    });
    response.on('end', () => reject(new Error(`ended after: ${seen}`)));
    response.on('error', reject);
  });

const open = (url: string, headers = {}): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false, headers }, resolve).on('error', reject);
  });

describe('live events', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serve();
  });
  afterEach(() => served.close());

  for (const path of ['events', 'api/v1/stream']) {
    it(`name the jobs that changed, at /${path}`, async () => {
      const response = await open(served.mx.url + path);
      assert.match(response.headers['content-type'] ?? '', /^text\/event-stream/);
      await readUntil(response, 'event: ready');
      const changed = readUntil(response, 'SiteHourly/2015053122');
      await served.rig.tick('SiteHourly');
      const text = await changed;
      assert.match(text, /event: changed\ndata: \{"sequence":\d+,/);
      response.destroy();
    });
  }

  it('go on behind the last event that a client has seen', async () => {
    const url = `${served.mx.url}api/v1/stream`;
    const first = await open(url);
    const ready = await readUntil(first, 'event: ready');
    const [, id = ''] = /^id: (\S+)$/m.exec(ready) ?? [];
    first.destroy();
    const other = await open(url);
    const told = readUntil(other, 'SiteHourly/2015053122');
    await served.rig.tick('SiteHourly');
    await told;
    other.destroy();
    const again = await open(url, { 'Last-Event-ID': id });
    assert.match(
      await readUntil(again, 'event: changed'),
      /^id: \S+\nevent: changed\ndata: .*SiteHourly\/2015053122/m,
    );
    again.destroy();
    const lost = await open(url, { 'Last-Event-ID': '00000000-4' });
    assert.match(await readUntil(lost, 'event: reload'), /^id: \S+\nevent: reload\ndata: \{\}\n\n$/m);
    lost.destroy();
  });

  it('end at once when the dashboard stops, and it may be stopped twice', async () => {
    const response = await open(`${served.mx.url}events`);
    await readUntil(response, 'event: ready');
    const ended = new Promise((resolve) => response.once('close', resolve));
    const before = Date.now();
    await served.mx.stop();
    await ended;
    await served.mx.stop();
    assert.ok(Date.now() - before < 1000);
    await assert.rejects(open(served.mx.url), { code: 'ECONNREFUSED' });
  });

  it('are not held by those who left', async () => {
    const first = await open(`${served.mx.url}events`);
    await readUntil(first, 'event: ready');
    first.destroy();
    const second = await open(`${served.mx.url}events`);
    await readUntil(second, 'event: ready');
    const changed = readUntil(second, 'event: changed');
    await served.rig.tick('SiteHourly');
    await changed;
    second.destroy();
  });

  it('are refused when too many pages listen already', async () => {
    const url = `${served.mx.url}events`;
    const streams = await Promise.all(Array.from({ length: 500 }, () => open(url)));
    const { status, body } = await served.ask('/events');
    assert.equal(status, 503);
    assert.match(body, /"code":"TOO_MANY_STREAMS"/);
    for (const stream of streams) stream.destroy();
  });
});
