import assert from 'node:assert/strict';

import {
  displayUrl,
  hasKeptCredentials,
  loginAt,
  readAddress,
  takeCredentials,
  userinfoOf,
  withUserinfo,
} from '../../../domain/event/target-address.ts';

const refuse = (part: string, given: string, expected: string): Error =>
  new Error(`${part} '${given}': ${expected}`);

const read = (url: string): ReturnType<typeof readAddress> => readAddress(url, refuse);

describe('the address of a target', () => {
  it('of HTTP is kept as it is', () => {
    for (const url of [
      'http://example.org',
      'HTTPS://[2001:db8::1]:8443/a/%zz?b=2&x',
      'https://user:p%40@bücher.example/?',
    ])
      assert.deepEqual(read(url), { kind: 'http', url });
  });

  it('of AMQP has a virtual host, an exchange and a routing key', () => {
    assert.deepEqual(read('amqp://user:pass@rabbit:5673/%2F/events/a.b%2Fc?ttl=true'), {
      ...{ kind: 'amqp', host: 'rabbit:5673', isSecure: false, vhost: '/' },
      ...{ exchange: 'events', routingKey: 'a.b/c', ttl: true },
    });
    assert.deepEqual(read('amqps://rabbit/live//queue'), {
      ...{ kind: 'amqp', host: 'rabbit', isSecure: true, vhost: 'live' },
      ...{ exchange: '', routingKey: 'queue', ttl: false },
    });
    const fanout = read('amqp://rabbit/live/news/');
    assert.deepEqual(fanout.kind === 'amqp' && [fanout.exchange, fanout.routingKey], ['news', '']);
  });

  it('of Kafka has brokers and a topic', () => {
    assert.deepEqual(read('kafka://a,b:9093/events.v1?key=x%20y&partition=3'), {
      ...{ kind: 'kafka', brokers: ['a:9092', 'b:9093'], topic: 'events.v1', key: 'x y', partition: 3 },
    });
    assert.deepEqual(read('kafka://[::1]/t'), {
      ...{ kind: 'kafka', brokers: ['[::1]:9092'], topic: 't', key: null, partition: null },
    });
  });

  it('of this installation has a process and an entry', () => {
    assert.deepEqual(read('synergy://CleanUp/every%20night'), {
      ...{ kind: 'synergy', processName: 'CleanUp', entryName: 'every night' },
    });
  });

  const urlExpected = 'scheme://host/path, without blanks';
  const amqpPath = "/vhost/exchange/routing.key, '/' within one of them as %2F";
  const topic = "/topic, of 1 to 249 letters, digits, '.', '_' and '-'";
  const host = 'a host, or a host and a port of 1 to 65535';
  const entry = 'Process/entry, the names of a free-run process and one of its entries';
  const wrong: Readonly<Record<string, string>> = {
    '': `url '': ${urlExpected}`,
    hook: `url 'hook': ${urlExpected}`,
    'amqp:/x': `url 'amqp:/x': ${urlExpected}`,
    'https://a b/': `url 'https://a b/': ${urlExpected}`,
    'https://u:secret@a/ b': `url 'https://***@a/ b': ${urlExpected}`,
    'https://a/\n': `url 'https://a/\n': ${urlExpected}`,
    'https://a/#part': "fragment '#part': left out: it is never sent",
    'ftp://a/b': "scheme 'ftp': http, https, amqp, amqps, kafka or synergy",
    'https:///x': `host '': ${host}`,
    'https://a:0/': `host 'a:0': ${host}`,
    'https://a:99999/': `host 'a:99999': ${host}`,
    'https://u:pass/word@host/': `host 'u:***': ${host}`,
    'https://1.2.3.4.5/': "host '1.2.3.4.5': a name or an address of a host",
    'amqp://h/v/e': `path '/v/e': ${amqpPath}`,
    'amqp://h//e/k': `path '//e/k': ${amqpPath}`,
    'amqp://h/v/e/k/x': `path '/v/e/k/x': ${amqpPath}`,
    'amqp://h/v//': "path '/v//': the name of a queue where the exchange is empty",
    'amqp://h/v/e/%ff': "path '%ff': percent-encoded as UTF-8, '%' itself as %25",
    [`amqp://h/v/e/${'é'.repeat(128)}`]: `path '${'é'.repeat(128)}': names of at most 255 bytes`,
    'amqp://h/v/e/k?ttl=1': "query 'ttl=1': ttl=true",
    'amqp://h/v/e/k?heartbeat=1': "query 'heartbeat': one of ttl",
    'kafka://a,/t': `host '': ${host}`,
    'kafka://a/': `path '/': ${topic}`,
    'kafka://a/..': `path '/..': ${topic}`,
    'kafka://a/t/u': `path '/t/u': ${topic}`,
    'kafka://a/t?acks=0': "query 'acks': one of key and partition",
    'kafka://a/t?partition=-1': "query 'partition=-1': a number from 0",
    'synergy://Clean': `path 'Clean': ${entry}`,
    'synergy://Clean/a/b': `path 'Clean/a/b': ${entry}`,
    'synergy://u@Clean/a': "credentials '***': left out: it is this installation",
    'synergy://Clean/a?b=1': "query 'b': left out",
  };
  for (const [url, message] of Object.entries(wrong)) {
    it(`is refused: ${JSON.stringify(url).slice(0, 60)}`, () => {
      assert.throws(() => read(url), { message });
    });
  }

  it('gives up its credentials', () => {
    assert.deepEqual(takeCredentials('amqp://us%65r:p:a%40ss@rabbit/v/e/k'), {
      url: 'amqp://rabbit/v/e/k',
      credentials: { username: 'user', password: 'p:a@ss' },
    });
    assert.deepEqual(takeCredentials('https://token%@example.org/a@b'), {
      url: 'https://example.org/a@b',
      credentials: { username: 'token%', password: '' },
    });
    for (const url of ['https://example.org/a@b', 'no address'])
      assert.deepEqual(takeCredentials(url), { url, credentials: undefined });
  });

  it('takes another text in place of its name and password, as it is', () => {
    const url = 'https://a:b@example.org/a:b@c?d=a:b@';
    assert.equal(withUserinfo(url, '$&***'), 'https://$&***@example.org/a:b@c?d=a:b@');
    assert.equal(withUserinfo('https://example.org/a@b', '***'), 'https://example.org/a@b');
    assert.deepEqual([userinfoOf(url), userinfoOf('no address')], ['a:b', undefined]);
    assert.ok(hasKeptCredentials('kafka://***@a,b/t'));
    assert.ok(![url, 'https://***:x@a/', 'https://a/***@b'].some(hasKeptCredentials));
  });

  it('says what its name and password are for', () => {
    assert.equal(loginAt('AMQPS://u:p@Rabbit:5671/v/e/k'), 'amqps://rabbit:5671');
    assert.equal(loginAt('no address'), '://');
  });

  it('is shown without what may be a secret', () => {
    const shown: Readonly<Record<string, string>> = {
      'https://example.org/a@b?c=1': 'https://example.org/a@b?c=1',
      'https://token@example.org/': 'https://***@example.org/',
      'amqp://user:pass@rabbit/v/e/k': 'amqp://***@rabbit/v/e/k',
      'kafka://u:p@a:1,b:2/t': 'kafka://***@a:1,b:2/t',
      'https://example.org/?token=abc&x=1': 'https://example.org/?token=***&x=1',
    };
    for (const [url, text] of Object.entries(shown)) assert.equal(displayUrl(url), text);
  });
});
