import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { hasBrowser, openBrowser } from '../support/browser.ts';
import { serve } from '../support/served.ts';

const NAME = 'rebound.example';
const ADDRESS = '127.0.0.2';

/** What a hostile page tries once its name leads to this machine; tells the status of each answer, or the error. */
const tries = `(async () => {
  const told = {};
  const tell = async (name, ask) => (told[name] = await ask().catch((error) => error.name));
  const status = async (path, init) => (await fetch(path, init)).status;
  const ended = (socket) => new Promise((resolve) => {
    socket.onopen = () => resolve('open');
    socket.onerror = () => resolve('refused');
  });
  const body = JSON.stringify({ id: 'rebound-0001', kind: 'fire-freerun', processName: 'SessionCollector', entryName: 'open', reason: 'x' });
  await tell('read', () => status('/api/v1/overview'));
  await tell('page', () => status('/'));
  await tell('command', () => status('/api/v1/commands', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }));
  await tell('form', () => status('/users/add', { method: 'POST', body: new URLSearchParams({ name: 'mallory', role: 'admin' }) }));
  await tell('stream', () => ended(new EventSource('/api/v1/stream')));
  await tell('socket', () => ended(new WebSocket('ws://' + location.host + '/api/v1/ws')));
  return told;
})()`;

/**
 * Answers for the hostile name with a page of its own first, and from then on as if the name were that of the dashboard's
 * address: what comes to the port is handed on as it is.
 */
const hostileSite = async (port: number): Promise<Server> => {
  const lure = '<title>lure</title>';
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${lure.length}\r\nConnection: close`;
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (chunk) => {
      if (chunk.toString().startsWith('GET /lure ')) {
        socket.end(`${head}\r\n\r\n${lure}`);
        return;
      }
      const on = connect(port, '127.0.0.1');
      on.on('error', () => socket.destroy());
      on.write(chunk);
      socket.pipe(on).pipe(socket);
    });
  });
  await once(server.listen(port, ADDRESS), 'listening');
  return server;
};

(hasBrowser() ? describe : describe.skip)('a page whose name is made to lead here', function () {
  this.timeout(60_000);

  it('reads and changes nothing: all it asks for is refused with 421', async () => {
    const served = await serve();
    const { port } = new URL(served.mx.url);
    const home = `http://${NAME}:${port}/`;
    const site = await hostileSite(Number(port));
    const browser = await openBrowser(home, [`--host-resolver-rules=MAP ${NAME} ${ADDRESS}`]);
    try {
      const { page } = await browser.open({ width: 1600, scheme: 'light' });
      await page.goto(`${home}lure`);
      const told = await page.evaluate<Record<string, unknown>>(tries);
      const [stream, socket] = ['refused', 'refused'];
      assert.deepEqual(told, { read: 421, page: 421, command: 421, form: 421, stream, socket });
      assert.equal((await page.goto(home))?.status(), 421);
      assert.ok(!(await page.content()).includes('SiteHourly'));
      assert.deepEqual(await served.api.commands(9), []);
      // The same page under the name of the loopback is served: it is the name that is refused.
      assert.equal((await page.goto(served.mx.url))?.status(), 200);
    } finally {
      await browser.close();
      site.close();
      await served.close();
    }
  });
});
