import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { LookupAddress } from 'node:dns';
import { once, setMaxListeners } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import type { Parcel } from '../../../../domain/event/envelope.ts';
import { stopwatch } from '../../../../lib/stopwatch.ts';
import { createHttpCourier } from '../../../../worker/delivery/http/courier.ts';
import type { HttpCourierOptions } from '../../../../worker/delivery/http/courier.ts';
import { parcelOf } from '../../../domain/event/parcel.ts';
import { startHttpTarget, status } from '../../../support/http-target.ts';
import type { HttpTarget } from '../../../support/http-target.ts';

const clock = { now: () => Date.now() };
const idle = new AbortController().signal;
setMaxListeners(0, idle);

describe('an HTTP courier', () => {
  let target: HttpTarget;
  const closing: (() => Promise<void>)[] = [];

  const courierWith = (options: Partial<HttpCourierOptions> = {}) => {
    const courier = createHttpCourier({ clock, stopwatch, slots: 256, allow: ['127.0.0.0/8'], ...options });
    closing.push(() => courier.close());
    const sent: string[] = [];
    const deliver = (parcel: Parcel) => courier.deliver(parcel, idle, (line) => sent.push(line));
    return { deliver, sent };
  };
  const to = (path = '/hook', ...more: Parameters<typeof parcelOf>) =>
    parcelOf({ url: `${target.origin}${path}`, ...more[0] }, more[1]);

  beforeEach(async () => {
    target = await startHttpTarget();
    closing.push(() => target.close());
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it('sends the payload, and the times behind the query of the user', async () => {
    const { deliver, sent } = courierWith();
    assert.equal((await deliver(to('/hook?b=2&time=x&a=1'))).ok, true);
    await deliver(to('/hook', {}, { payload: null }));
    const [first, second] = target.seen;
    assert.equal(first!.method, 'POST');
    assert.match(first!.url, /^\/hook\?b=2&time=x&a=1&epsilon=90&at=\d{10}$/);
    assert.equal(first!.headers['content-type'], 'application/json');
    assert.match(first!.headers['user-agent'] ?? '', /^synergy-scheduler\/\d/);
    assert.deepEqual([first!.body, second!.body], ['{"x":"y"}', '{}']);
    assert.match(
      sent[0]!,
      /^POST http:\/\/127\.0\.0\.1:\d+\/hook\?b=2&time=x&a=1&epsilon=90&at=\d+ 9 bytes$/,
    );
  });

  it('makes name and password of an address a header', async () => {
    const { deliver, sent } = courierWith();
    const url = target.origin.replace('//', '//ann:s%40cret@');
    const credentials = { username: 'ben', password: 'other' };
    await deliver(parcelOf({ url }));
    await deliver(to('/', {}, { secrets: { signing: [], named: {}, credentials } }));
    await deliver(parcelOf({ url, headers: { Authorization: 'Bearer x' } }));
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    assert.deepEqual(
      target.seen.map(({ headers }) => headers.authorization),
      [basic('ann:s@cret'), basic('ben:other'), 'Bearer x'],
    );
    assert.ok(!sent.join().includes('cret'));
  });

  it('uses the methods of HTTP, two of them without a body', async () => {
    const { deliver } = courierWith();
    for (const method of ['POST', 'PUT', 'PATCH', 'GET', 'DELETE'])
      assert.ok((await deliver(to('/', { method }))).ok);
    assert.deepEqual(
      target.seen.map(({ method, body }) => [method, body]),
      [
        ['POST', '{"x":"y"}'],
        ['PUT', '{"x":"y"}'],
        ['PATCH', '{"x":"y"}'],
        ['GET', ''],
        ['DELETE', ''],
      ],
    );
  });

  it('signs so that the library of Standard Webhooks agrees, with every secret of a rotation', async () => {
    const keys = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'];
    const secrets = { signing: keys, named: {} };
    const { deliver } = courierWith();
    await deliver(to('/', {}, { secrets, payload: { text: 'ä€\u{1f600}' } }));
    await deliver(to('/', { method: 'GET' }, { secrets }));
    const [post, get] = target.seen;
    const headers = (seen: typeof post) => seen!.headers as Record<string, string>;
    for (const key of keys) {
      assert.deepEqual(new Webhook(key).verify(post!.body, headers(post)), { text: 'ä€\u{1f600}' });
      assert.throws(() => new Webhook(key).verify(`${post!.body} `, headers(post)));
    }
    assert.equal(headers(get)['webhook-signature']?.split(' ').length, 2);
    assert.equal(headers(get)['webhook-id'], headers(post)['webhook-id']);
  });

  it('sends CloudEvents that the library of CloudEvents reads and finds valid', async () => {
    const { deliver } = courierWith();
    const parcel = to('/', { format: 'cloudevents' });
    await deliver(parcel);
    await deliver(to('/', { format: 'cloudevents-binary', eventType: 'bill.due' }));
    const events = target.seen.map(({ headers, body }) => HTTP.toEvent({ headers: { ...headers }, body }));
    for (const event of events) {
      if (Array.isArray(event)) throw new Error('one event was sent');
      assert.equal(new CloudEvent(event).validate(), true);
      assert.equal(event.id, parcel.messageId);
      assert.equal(event.source, '/synergy/box-1/triggers/ann@example.org/bill.run');
      assert.equal(event.subject, 'bill.run');
      assert.equal(event.time, '2027-01-31T10:00:00.000Z');
      assert.equal(event['expirytime'], '2027-01-31T10:01:30.000Z');
      assert.equal(event.datacontenttype, 'application/json');
      assert.deepEqual(event.data, { x: 'y' });
    }
    assert.deepEqual(
      events.map((event) => (Array.isArray(event) ? '' : event.type)),
      ['synergy.trigger.fired', 'bill.due'],
    );
  });

  it('keeps the beginning of an answer, and its connection for the next', async () => {
    const { deliver } = courierWith();
    target.answer = status(200, {}, 'x'.repeat(60_000));
    const { ok, body } = await deliver(to());
    assert.deepEqual([ok, body], [true, `${'x'.repeat(4096)}…`]);
    await setImmediate();
    await deliver(to());
    assert.equal(target.connections(), 1);
    target.answer = (response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
        response.once('drain', more);
      };
      more();
    };
    assert.equal((await deliver(to())).ok, true);
  });

  it('counts an answer as success once its headers are there', async () => {
    target.answer = (response) => void response.writeHead(200).write('half');
    const { deliver } = courierWith();
    const { ok, body } = await deliver(to('/', { timeout: 200 }));
    assert.deepEqual([ok, body], [true, 'half']);
  });

  it('follows no redirect', async () => {
    const other = await startHttpTarget();
    closing.push(() => other.close());
    target.answer = status(302, { location: `${other.origin}/secret` });
    const { ok, retry, summary } = await courierWith().deliver(to());
    assert.deepEqual([ok, retry], [false, false]);
    assert.match(summary, new RegExp(`redirect to ${other.origin}/secret: use that address`));
    assert.deepEqual([target.seen.length, other.seen.length], [1, 0]);
  });

  it('keeps no cookies', async () => {
    target.answer = status(200, { 'set-cookie': 'a=b' });
    const { deliver } = courierWith();
    await deliver(to());
    await deliver(to());
    assert.equal(target.seen[1]!.headers.cookie, undefined);
  });

  it('calls no address that is not public, and none of a name that has one', async () => {
    const resolve = (): Promise<LookupAddress[]> =>
      Promise.resolve([
        { address: '93.184.215.14', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    const { deliver, sent } = courierWith({ allow: [], resolve });
    const literal = await deliver(to());
    assert.deepEqual([literal.ok, literal.retry], [false, false]);
    assert.match(literal.summary, /127\.0\.0\.1 is not a public address/);
    assert.deepEqual(sent, []);
    const named = await deliver(parcelOf({ url: `http://rebinding.example:${target.port}/` }));
    assert.deepEqual([named.ok, named.retry], [false, false]);
    assert.match(named.summary, /rebinding\.example may not be called: 127\.0\.0\.1/);
    assert.equal(target.connections(), 0);
  });

  it('connects to the address that was judged, whatever the name says later', async () => {
    const answers = ['127.0.0.1', '10.0.0.1'];
    const resolve = (): Promise<LookupAddress[]> =>
      Promise.resolve([{ address: answers.shift() ?? '10.0.0.1', family: 4 }]);
    const { deliver } = courierWith({ resolve });
    const parcel = parcelOf({ url: `http://moving.example:${target.port}/` });
    assert.equal((await deliver(parcel)).ok, true);
    // Over the connection that there is.
    await setImmediate();
    assert.equal((await deliver(parcel)).ok, true);
    assert.equal(answers.length, 1);
    await setImmediate();
    target.answer = status(200, { connection: 'close' });
    assert.equal((await deliver(parcel)).ok, true);
    assert.equal((await deliver(parcel)).ok, false);
    assert.equal(target.seen[0]!.headers.host, `moving.example:${target.port}`);
  });

  it('does not send what cannot be sent', async () => {
    const { deliver } = courierWith();
    for (const headers of [{ 'X-Line': 'a\nb' }, { 'X-Key': '{{secret:none}}' }, { 'x y': 'z' }]) {
      const { ok, retry } = await deliver(to('/', { headers }));
      assert.deepEqual([ok, retry], [false, false], JSON.stringify(headers));
    }
    assert.equal(target.seen.length, 0);
  });

  it('says what broke', async () => {
    target.answer = (response) => response.socket?.destroy();
    const { deliver } = courierWith();
    assert.match((await deliver(to())).summary, /^no answer: connection closed before the answer/);
    const resolve = (): Promise<LookupAddress[]> =>
      Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND t.example'), { code: 'ENOTFOUND' }));
    const unknown = await courierWith({ resolve }).deliver(parcelOf({ url: 'http://t.example/' }));
    assert.deepEqual([unknown.ok, unknown.retry], [false, true]);
    assert.match(unknown.summary, /its name has no address/);
  });

  it('gives an origin a quarter of the slots, so that one that hangs holds up itself alone', async () => {
    const quick = await startHttpTarget();
    closing.push(() => quick.close());
    target.answer = () => undefined;
    const { deliver } = courierWith({ slots: 8 });
    const hanging = [1, 2, 3, 4].map(() => deliver(to('/', { timeout: 1_000 })));
    const receipts = await Promise.all([
      ...hanging,
      ...[1, 2].map(() => deliver(parcelOf({ url: quick.origin }))),
    ]);
    assert.equal(target.seen.length, 2);
    assert.deepEqual(
      receipts.map(({ ok, busy = false }) => [ok, busy]),
      [
        [false, false],
        [false, false],
        [false, true],
        [false, true],
        [true, false],
        [true, false],
      ],
    );
    assert.match(receipts[2]!.summary, /has 2 deliveries under way, as many as one host may/);
  });

  it('hands thousands over to one origin that answers', async function () {
    this.timeout(30_000);
    const { deliver } = courierWith();
    let left = 2000;
    const work = async (): Promise<void> => {
      while (left > 0) {
        left--;
        const { ok, busy = false } = await deliver(to());
        if (busy) left++;
        assert.notEqual(ok, busy);
        await setImmediate();
      }
    };
    await Promise.all(Array.from({ length: 256 }, work));
    assert.equal(target.seen.length, 2000);
    assert.ok(target.connections() <= 64, `${target.connections()} connections`);
  });

  it('goes through the proxy that it is told of, and no other', async () => {
    const asked: string[] = [];
    const proxy = createServer().listen(0, '127.0.0.1');
    proxy.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      const upstream = connect(target.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connected\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [socket, upstream]) end.on('error', () => undefined);
    });
    await once(proxy, 'listening');
    closing.push(() => Promise.resolve(void proxy.close()));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { deliver } = courierWith({ proxy: address });
    assert.equal((await deliver(parcelOf({ url: 'http://inner.example:8080/' }))).ok, true);
    assert.deepEqual(asked, ['inner.example:8080']);
    process.env['HTTP_PROXY'] = address;
    try {
      assert.equal((await courierWith().deliver(to())).ok, true);
    } finally {
      delete process.env['HTTP_PROXY'];
    }
    assert.equal(asked.length, 1);
  });
});
