import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { asAnn } from '../../support/rig.ts';
import { serveGuarded } from '../support/accounts.ts';
import type { Guarded } from '../support/accounts.ts';
import { eventContext } from '../support/events.ts';

const given = { schedule: 'every 1h', target: { url: 'https://example.org/hook' } };

/** What a client has heard, which can be waited for. */
interface Heard {
  readonly text: () => string;
  readonly until: (part: string) => Promise<string>;
  readonly close: () => void;
}

const hear = (source: NodeJS.EventEmitter, event: string, close: () => void): Heard => {
  let text = '';
  source.on(event, (data: Buffer) => (text += `${data.toString()}\n`));
  return {
    text: () => text,
    until: async (part) => {
      while (!text.includes(part)) await once(source, event);
      return text;
    },
    close,
  };
};

describe('live events of event triggers', function () {
  this.timeout(20_000);
  let guarded: Guarded;
  const tokens = new Map<string, { readonly id: string; readonly token: string }>();
  before(async () => {
    guarded = await serveGuarded({ context: eventContext(), hasTriggers: true, hasMetronome: true });
    for (const [name, role] of [
      ['boss', 'admin'],
      ['ann', 'operator'],
      ['bob', 'operator'],
    ] as const) {
      await guarded.addUser(role, name);
      tokens.set(name, await guarded.addToken(name, ['read', 'operate']));
    }
  });
  after(() => guarded.close());

  const tokenOf = (who: string): string => tokens.get(who)?.token ?? '';
  const stream = async (who: string, path: string, headers = {}): Promise<Heard> => {
    const sent = get(new URL(path, guarded.mx.url), {
      ...{ agent: false, headers: { Authorization: `Bearer ${tokenOf(who)}`, ...headers } },
    });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 200);
    return hear(response, 'data', () => response.destroy());
  };
  const connect = async (path: string, first?: string): Promise<{ socket: WebSocket; heard: Heard }> => {
    const socket = new WebSocket(new URL(path, guarded.mx.url.replace('http', 'ws')));
    const heard = hear(socket, 'message', () => socket.terminate());
    await once(socket, 'open');
    if (first !== undefined) socket.send(first);
    return { socket, heard };
  };
  const act = async (owner: string, id: string): Promise<void> => {
    const api = guarded.rig.apiFor({ ...asAnn, actor: owner });
    await api.execute({ kind: 'put-trigger', owner, triggerId: id, ...given });
    await api.execute({ kind: 'fire-trigger', owner, triggerId: id, id: `fire-${id}` });
    await api.execute({ kind: 'remove-trigger', owner, triggerId: id });
  };

  it('are told to their owner and to admins alone, by each way', async () => {
    const topics = '?topics=triggers,executions';
    const ways = async (who: string): Promise<Heard[]> => {
      const token = JSON.stringify({ token: tokenOf(who) });
      const socket = await connect(`/api/v1/ws${topics}`, token);
      await socket.heard.until('ready');
      return [await stream(who, `/api/v1/stream${topics}`), await stream(who, '/events'), socket.heard];
    };
    const [bob, boss] = [await ways('bob'), await ways('boss')];
    const metronome = await connect('/ws', tokenOf('bob'));
    await act('ann', 'zebra');
    await act('bob', 'heron');
    for (const heard of boss) {
      const text = await heard.until('"id":"heron","revision":null,"kind":"removed"');
      assert.match(text, /\{"owner":"ann","id":"zebra","revision":1,"kind":"created"\}/);
      await heard.until('Events:bob/heron/by-hand#fire-heron');
      assert.match(heard.text(), /"trigger":"ann\/zebra","at":\d+,"state":"planned"/);
    }
    for (const heard of bob) {
      await heard.until('"kind":"removed"');
      await heard.until('Events:bob/heron/by-hand#fire-heron');
      assert.doesNotMatch(heard.text(), /zebra|"ann/);
    }
    const [first] = bob;
    const [, id = ''] = /^id: (\S+)\nevent: ready/m.exec(first?.text() ?? '') ?? [];
    const again = await stream('bob', `/api/v1/stream${topics}`, { 'Last-Event-ID': id });
    await again.until('Events:bob/heron/by-hand#fire-heron');
    assert.doesNotMatch(again.text(), /zebra|"ann/);
    assert.doesNotMatch(metronome.heard.text(), /zebra|"ann/);
    for (const heard of [...bob, ...boss, again, metronome.heard]) heard.close();
  });

  it('are told over a WebSocket to whoever shows a token in time, as long as it is good', async () => {
    const closed = async (socket: WebSocket): Promise<number> =>
      ((await once(socket, 'close')) as [number])[0];
    for (const first of [`{"token":"syn_${'A'.repeat(43)}"}`, '{"lastEventId":"x"}', 'hello']) {
      const { socket } = await connect('/api/v1/ws', first);
      assert.equal(await closed(socket), 1008, first);
    }
    const scoped = await guarded.addToken('ann', ['operate']);
    const { socket: refused } = await connect('/api/v1/ws', JSON.stringify({ token: scoped.token }));
    assert.equal(await closed(refused), 1008);
    const { socket, heard } = await connect('/api/v1/ws', JSON.stringify({ token: tokenOf('ann') }));
    await heard.until('ready');
    await guarded.accounts.tokens.revoke(tokens.get('ann')?.id ?? '', { actor: 'boss' });
    assert.equal(await closed(socket), 1006);
  });
});
