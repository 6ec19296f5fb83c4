import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import express from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { openEventStream } from '../../mx/http/event-stream.ts';
import { apiDialect, openWebSockets } from '../../mx/http/web-socket.ts';
import { asAnn } from '../support/rig.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const upgrade = {
  ...{ Connection: 'Upgrade', Upgrade: 'websocket' },
  ...{ 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': KEY },
};

interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly changed?: readonly string[] };
}

describe('the WebSocket of the API', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serve();
  });
  afterEach(() => served.close());

  const at = (query = ''): string => `${served.mx.url.replace('http', 'ws')}api/v1/ws${query}`;
  /** A connection whose messages are waited for by their event. */
  const open = async (url = at(), options: WebSocket.ClientOptions = {}) => {
    const socket = new WebSocket(url, options);
    const seen: Message[] = [];
    socket.on('message', (data: Buffer) => seen.push(JSON.parse(data.toString()) as Message));
    await once(socket, 'open');
    const until = async (event: string): Promise<Message> => {
      for (;;) {
        const found = seen.find((message) => message.event === event);
        if (found !== undefined) return found;
        await once(socket, 'message');
      }
    };
    return { socket, seen, until };
  };
  /** How the server closes a connection. */
  const closed = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];

  it('tells the same events as the stream, and goes on behind one by its address or by a message', async () => {
    const first = await open();
    const { id } = await first.until('ready');
    await served.rig.tick('SiteHourly');
    const { data } = await first.until('changed');
    assert.ok(data.changed?.includes('SiteHourly/2015053122'));
    const second = await open(at(`?lastEventId=${id}`));
    assert.deepEqual(await second.until('changed'), await first.until('changed'));
    const third = await open();
    await third.until('ready');
    third.socket.send(JSON.stringify({ lastEventId: id }));
    assert.deepEqual(await third.until('changed'), await first.until('changed'));
    third.socket.send(JSON.stringify({ lastEventId: '00000000-7' }));
    assert.deepEqual((await third.until('reload')).data, {});
    for (const { socket } of [first, second, third]) socket.terminate();
  });

  it('is refused as anything else is, with a problem', async () => {
    const { port } = new URL(served.mx.url);
    const refused = async (path: string, headers: Record<string, string>): Promise<[number, unknown]> => {
      const answer = await served.ask(path, { headers });
      assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
      return [answer.status, answer.json()['code']];
    };
    const path = '/api/v1/ws';
    assert.deepEqual(await refused(path, {}), [426, 'UPGRADE_REQUIRED']);
    assert.deepEqual(await refused(path, { ...upgrade, Upgrade: 'h2c' }), [426, 'UPGRADE_REQUIRED']);
    const old = { ...upgrade, 'Sec-WebSocket-Version': '8' };
    assert.deepEqual(await refused(path, old), [426, 'UPGRADE_REQUIRED']);
    assert.deepEqual(await refused(path, { ...upgrade, 'Sec-WebSocket-Key': 'short' }), [400, 'BAD_REQUEST']);
    assert.deepEqual(await refused(`${path}?x=1`, upgrade), [400, 'BAD_REQUEST']);
    assert.deepEqual(await refused('/api/v1/nothing', upgrade), [404, 'NOT_FOUND']);
    for (const Origin of ['http://evil.example', 'null', 'http://localhost:1', `https://127.0.0.1:${port}`])
      assert.deepEqual(await refused(path, { ...upgrade, Origin }), [403, 'CROSS_ORIGIN'], Origin);
    const site = { ...upgrade, 'Sec-Fetch-Site': 'cross-site' };
    assert.deepEqual(await refused(path, site), [403, 'CROSS_ORIGIN']);
    const rebound = { ...upgrade, Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` };
    assert.deepEqual(await refused(path, rebound), [421, 'WRONG_HOST']);
    const { socket } = await open(at(), { origin: `http://127.0.0.1:${port}` });
    socket.terminate();
  });

  it('answers other paths that are asked for an upgrade as without one, and takes no change so', async () => {
    assert.equal((await served.ask('/health', { headers: upgrade })).status, 200);
    const post = { method: 'POST', headers: { ...upgrade, 'Content-Type': 'application/json' } };
    assert.equal((await served.ask('/api/v1/commands', post)).status, 400);
    assert.equal((await served.ask('/health')).status, 200);
  });

  it('is closed when its client says what there is nothing to say to it', async () => {
    for (const [sent, code] of [
      ['hello', 1008],
      ['{"lastEventId":1}', 1008],
      ['{"lastEventId":"a","more":1}', 1008],
      [JSON.stringify({ lastEventId: 'x'.repeat(5000) }), 1009],
    ] as const) {
      const { socket } = await open();
      socket.send(sent);
      assert.equal(await closed(socket), code, sent.slice(0, 40));
    }
    const { socket } = await open();
    // A frame that no client may send: it is not masked.
    (socket as unknown as { _socket: NodeJS.WritableStream })._socket.write(Buffer.from([0x81, 0x01, 0x61]));
    assert.equal(await closed(socket), 1002);
    assert.equal((await served.ask('/health')).status, 200);
  });

  it('ends when the dashboard stops, which waits for no client', async () => {
    const { socket } = await open();
    const end = closed(socket);
    await served.mx.stop();
    assert.ok([1001, 1006].includes(await end));
  });

  it('is ended when its client does not answer a ping', async () => {
    const events = openEventStream({ subscribe: () => () => undefined });
    const sockets = openWebSockets(events, 20);
    const app = express().get(
      '/',
      sockets.attach(() => Promise.resolve(asAnn), apiDialect),
    );
    const server = createServer(app).on('upgrade', sockets.upgrade(app));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const deaf = await open(url, { autoPong: false });
    const alive = await open(url);
    assert.equal(await closed(deaf.socket), 1006);
    await once(alive.socket, 'ping');
    await once(alive.socket, 'ping');
    assert.equal(alive.socket.readyState, WebSocket.OPEN);
    events.stop();
    sockets.stop();
    server.close();
  });

  it('is refused when too many listen already', async () => {
    const streams = await Promise.all(Array.from({ length: 500 }, () => open()));
    const socket = new WebSocket(at());
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    assert.equal(response.statusCode, 503);
    assert.match(response.headers['content-type'] ?? '', /problem\+json/);
    response.destroy();
    for (const { socket } of streams) socket.terminate();
  });
});
