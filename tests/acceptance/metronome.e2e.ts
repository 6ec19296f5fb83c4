import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { startHttpTarget } from '../support/http-target.ts';
import type { HttpTarget } from '../support/http-target.ts';
import { synergy } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const PASSWORD = 'a canary sang in the mine';
const context = `
import { defineContext } from 'synergy-scheduler';
export default defineContext({ processes: [] });
`;

type Told = Readonly<Record<string, unknown>>;

describe('a client that was written for Metronome', function () {
  this.timeout(60_000);
  let run: Run;
  let target: HttpTarget;
  let base: string;

  before(async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
    for (const [name, role] of [
      ['boss', 'admin'],
      ['ann', 'operator'],
    ] as const) {
      const added = synergy(folder, 'user', 'add', name, '--role', role, '--password-stdin');
      added.child.stdin?.end(PASSWORD);
      const { code, stderr } = await added.ended;
      assert.equal(code, 0, stderr);
    }
    target = await startHttpTarget();
    const events = ['--events', '--metronome-api', '--event-allow', '127.0.0.1'];
    run = synergy(folder, 'start', ...events, '--mx-port', '0');
    base = /http:\S+/.exec(await run.line(/^dashboard: /))?.[0] ?? assert.fail();
  });
  after(async () => {
    run.child.kill('SIGTERM');
    await run.ended;
    await target.close();
  });

  /** As such clients ask: with the token in the header, and JSON both ways. */
  const ask = async (
    method: string,
    path: string,
    { token, body }: { readonly token?: string; readonly body?: object } = {},
  ): Promise<{ readonly status: number; readonly body: unknown }> => {
    const response = await fetch(new URL(path, base), {
      method,
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };

  it('signs in, has a task fired on time and hears of it, deletes it, and is out when it has signed out', async () => {
    const auth = (body: object) => ask('POST', '/auth', { body });
    assert.equal((await auth({ type: 'bearer', username: 'ann', password: 'wrong' })).status, 401);
    const signed = await auth({ type: 'bearer', username: 'ann', password: PASSWORD });
    const { token, refreshToken } = signed.body as { token: string; refreshToken: string };

    const socket = new WebSocket(new URL('/ws', base.replace('http', 'ws')));
    const heard: string[] = [];
    socket.on('message', (data: Buffer) => heard.push(data.toString()));
    await once(socket, 'open');
    socket.send(token);
    const until = async (kind: string): Promise<Told> => {
      for (;;) {
        const found = heard.find((text) => text.startsWith(`${kind}:{`));
        if (found !== undefined) return JSON.parse(found.slice(kind.length + 1)) as Told;
        await once(socket, 'message');
      }
    };

    // It answers after a while, which is what is measured.
    const takes = 120;
    target.answer = (response) => void setTimeout(() => response.writeHead(204).end(), takes);
    const at = new Date(Math.ceil(Date.now() / 1_000 + 2) * 1_000).toISOString().replace('.000', '');
    const given = { id: 'mail', name: 'Mail', payload: { to: 'all' } };
    const [schedule, urn] = [`R0/${at}/PT1S/ET10S`, `${target.origin}/hook?a=1`];
    const put = await ask('POST', '/task', { token, body: { ...given, schedule, urn } });
    assert.equal(put.status, 200, JSON.stringify(put.body));
    const { guid } = put.body as { guid: string };
    assert.deepEqual(await until('task'), put.body);

    const [request] = await target.requests(1);
    assert.ok(request !== undefined && request.at >= Date.parse(at));
    assert.deepEqual([request.method, JSON.parse(request.body)], ['POST', given.payload]);
    assert.match(request.url, /^\/hook\?a=1&time=\d+&epsilon=10&at=\d+$/);
    const { duration, doneAt, ...state } = await until('state');
    assert.deepEqual(state, { taskGUID: guid, at: new Date(at).toISOString(), URN: urn, state: 0 });
    assert.ok(Number(duration) >= takes * 1_000 && Number(duration) < 10_000_000, String(duration));
    assert.ok(Date.parse(String(doneAt)) >= request.at + takes);

    const list = async (): Promise<Told[]> => (await ask('GET', '/tasks', { token })).body as Told[];
    const [listed, ...others] = await list();
    assert.deepEqual([others, listed?.['guid'], listed?.['runCode']], [[], guid, 0]);
    for (let time = 0; time < 2; time++)
      assert.equal((await ask('DELETE', '/task/mail', { token })).status, 200);
    assert.deepEqual(await list(), []);

    const closed = once(socket, 'close');
    assert.deepEqual(await ask('POST', '/auth/logout', { token }), { status: 200, body: true });
    await closed;
    assert.equal((await ask('GET', '/tasks', { token })).status, 401);
    assert.equal((await auth({ type: 'access', refreshToken })).status, 401);
  });
});
