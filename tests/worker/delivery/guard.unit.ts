import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { createGuard } from '../../../worker/delivery/guard.ts';

const refusal = (url: string, allow: readonly string[] = []): string | undefined =>
  createGuard(allow).refusal(new URL(url));

const found = (...addresses: string[]) => {
  const asked: string[] = [];
  const resolve = (name: string): Promise<LookupAddress[]> => {
    asked.push(name);
    return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  return { asked, resolve };
};

const lookUp = (
  addresses: readonly string[],
  { allow = [], port = 443, all = true }: { allow?: string[]; port?: number; all?: boolean } = {},
): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const guard = createGuard(allow, found(...addresses).resolve);
    guard.lookup(port)('t.example', { all }, (error, address) => {
      if (error) reject(error);
      else resolve(address);
    });
  });

describe('a guard of addresses', () => {
  it('lets public addresses be called', () => {
    for (const host of ['8.8.8.8', '93.184.215.14', '[2606:4700::1111]', 't.example'])
      assert.equal(refusal(`https://${host}/`), undefined);
  });

  it('refuses all that lie elsewhere, however they are written', () => {
    const hosts = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.0.0.1.',
      '0.0.0.0',
      '0.1.2.3',
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '100.127.255.255',
      '192.0.0.1',
      '192.0.2.1',
      '198.18.0.1',
      '224.0.0.1',
      '240.0.0.1',
      '255.255.255.255',
      '[::]',
      '[::1]',
      '[::127.0.0.1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:8.8.8.8]',
      '[64:ff9b::7f00:1]',
      '[64:ff9b:1::7f00:1]',
      '[2002:7f00:1::]',
      '[2001:0:1::1]',
      '[fe80::1]',
      '[fec0::1]',
      '[fc00::1]',
      '[fdff::1]',
      '[ff02::1]',
      '[100::1]',
      '[4000::1]',
    ];
    const missed = hosts.filter((host) => refusal(`http://${host}/`) === undefined);
    assert.deepEqual(missed, []);
    assert.equal(
      refusal('http://0x7f.1:8080/'),
      '127.0.0.1 may not be called: 127.0.0.1 is not a public address (loopback); the setting eventAllow opens hosts and networks',
    );
  });

  it('refuses ports of services that speak no HTTP', () => {
    const ports = [1, 22, 25, 81, 442, 444, 1023];
    assert.deepEqual(
      ports.filter((port) => refusal(`http://8.8.8.8:${port}/`) === undefined),
      [],
    );
    for (const port of [80, 443, 1024, 8080, 65_535])
      assert.equal(refusal(`http://8.8.8.8:${port}/`), undefined);
    assert.match(refusal('http://8.8.8.8:25/') ?? '', /port 25 is not one of 80, 443 and those above 1023/);
  });

  it('opens what it is told to, on every port', () => {
    assert.equal(refusal('http://10.1.2.3:25/', ['10.0.0.0/8']), undefined);
    assert.equal(refusal('http://[fd00::1]/', ['fd00::/8']), undefined);
    assert.equal(refusal('http://127.0.0.1/', ['127.0.0.1']), undefined);
    assert.notEqual(refusal('http://127.0.0.2/', ['127.0.0.1']), undefined);
    // An address that stands for another one is none of its network.
    assert.notEqual(refusal('http://[::ffff:10.1.2.3]/', ['10.0.0.0/8']), undefined);
  });

  it('judges every address of a name', async () => {
    assert.deepEqual(await lookUp(['8.8.8.8', '2606:4700::1']), [
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ]);
    assert.equal(await lookUp(['8.8.8.8'], { all: false }), '8.8.8.8');
    await assert.rejects(lookUp(['8.8.8.8', '10.0.0.1']), {
      code: 'TARGET_NOT_ALLOWED',
      message:
        't.example may not be called: 10.0.0.1 is not a public address (private); the setting eventAllow opens hosts and networks',
    });
    await assert.rejects(lookUp(['8.8.8.8'], { port: 25 }), { code: 'TARGET_NOT_ALLOWED' });
    await assert.rejects(lookUp([]), { code: 'ENOTFOUND' });
  });

  it('opens names, whatever their addresses and ports', async () => {
    assert.ok(await lookUp(['10.0.0.1'], { allow: ['T.Example'], port: 25 }));
    assert.ok(await lookUp(['10.0.0.1'], { allow: ['10.0.0.0/8'], port: 25 }));
    await assert.rejects(lookUp(['10.0.0.1'], { allow: ['example'] }));
  });

  it('resolves a name once for all that ask at a time', async () => {
    const { asked, resolve } = found('8.8.8.8');
    const lookup = createGuard([], resolve).lookup(443);
    const ask = () => new Promise((done) => lookup('t.example', { all: true }, done));
    await Promise.all([ask(), ask(), ask()]);
    await ask();
    assert.deepEqual(asked, ['t.example', 't.example']);
  });

  it('judges no name that a client resolves by itself, unless it is open', () => {
    const guard = createGuard(['kafka.internal', '10.0.0.0/8']);
    const judge = (host: string) => guard.refusalUnresolved(new URL(`http://${host}:9092`));
    assert.match(judge('t.example') ?? '', /^t\.example may not be called: .*eventAllow/);
    assert.match(judge('127.0.0.1') ?? '', /is not a public address/);
    for (const host of ['KAFKA.internal', '10.1.2.3', '8.8.8.8']) assert.equal(judge(host), undefined);
  });
});
