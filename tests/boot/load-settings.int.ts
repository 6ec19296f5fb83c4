import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../boot/load-settings.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { Settings } from '../../settings.ts';

let folder: string;
const now = Date.parse('2026-01-01T00:00:00Z');

const load = (
  given: { environment?: Record<string, string>; options?: Record<string, unknown> } = {},
): Promise<Settings> => loadSettings({ folder, environment: {}, options: {}, now, ...given });

const file = (name: string, text: string): void => writeFileSync(join(folder, name), text);

const refusal = async (loading: Promise<unknown>): Promise<string> => {
  try {
    await loading;
  } catch (error) {
    assert.ok(error instanceof SynergyError);
    assert.equal(error.code, 'INVALID_SETTING');
    assert.equal(error.message.includes('\n'), false, 'one line');
    return error.message;
  }
  return assert.fail('was accepted');
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'synergy-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('loading settings', () => {
  it('takes defaults, then the file, then the environment, then the command line', async () => {
    assert.equal((await load()).mxPort, 5000);
    file('synergy.config.json', '{ "mxPort": 1, "logTtlDays": 1, "maxCrashes": 1 }');
    const environment = { SYNERGY_LOG_TTL_DAYS: '2', SYNERGY_MAX_CRASHES: '2', PATH: '/bin' };
    const settings = await load({ environment, options: { maxCrashes: '4' } });
    assert.deepEqual([settings.mxPort, settings.logTtlDays, settings.maxCrashes], [1, 2, 4]);
  });

  it('reads a settings file in TypeScript and in JavaScript', async () => {
    file('synergy.config.ts', 'const port: number = 7; export default { mxPort: port };');
    assert.equal((await load()).mxPort, 7);
    rmSync(join(folder, 'synergy.config.ts'));
    file('package.json', '{ "type": "module" }');
    file('synergy.config.js', 'export default { mxPort: 8 };');
    assert.equal((await load()).mxPort, 8);
  });

  it('reads durations, instants and flags, and makes paths absolute', async () => {
    const settings = await load({
      environment: { SYNERGY_SWEEP_INTERVAL: '2', SYNERGY_DEMO: 'yes' },
      options: { lease: '1m', asOf: '2025-12-31T23:00:00Z', accessLog: 'access.log', untilDone: true },
    });
    assert.deepEqual(
      [settings.sweepInterval, settings.demo, settings.lease, settings.untilDone],
      [2000, true, 60_000, true],
    );
    assert.equal(settings.clockOffset, -3_600_000);
    assert.equal(settings.accessLog, join(folder, 'access.log'));
    assert.equal(settings.dataDir, join(folder, 'synergy-data'));
  });

  const addresses: readonly (readonly ['store' | 'queue', string])[] = [
    ['store', 'mongodb://db1:27017,db2:27017/synergy?replicaSet=rs0'],
    ['store', 'mongodb+srv://ann:p%40ss@cluster.example/synergy'],
    ['queue', 'amqp://localhost'],
    ['queue', 'amqps://ann:hunter2@broker:5671/vhost'],
  ];
  for (const [name, address] of addresses) {
    it(`takes a ${name} at ${address.split('://')[0] ?? ''}://`, async () => {
      assert.equal((await load({ options: { [name]: address } }))[name], address);
    });
  }

  it('reads addresses from files of their own, relative to the working folder', async () => {
    file('store-address', 'mongodb://ann:hunter2@db1/synergy\n');
    const path = join(folder, 'queue-address');
    file('queue-address', 'amqp://ann:hunter2@broker');
    file('synergy.config.json', '{ "store": "file:store-address" }');
    const settings = await load({ environment: { SYNERGY_QUEUE: `file:${path}` } });
    assert.equal(settings.store, 'mongodb://ann:hunter2@db1/synergy');
    assert.equal(settings.queue, 'amqp://ann:hunter2@broker');
  });

  it('takes cron expressions of five or six fields, or off', async () => {
    for (const housekeepingExpiry of ['*/5 * * * *', '30 0 3 * * MON', 'off'])
      assert.equal((await load({ options: { housekeepingExpiry } })).housekeepingExpiry, housekeepingExpiry);
  });

  it('freezes what it read', async () => {
    assert.equal(Object.isFrozen(await load()), true);
  });

  it('leaves variables of the worker protocol and of the tests alone', async () => {
    const environment = {
      SYNERGY_PROCESS: 'A',
      SYNERGY_UOW_ID: 'A/2015051700#1',
      SYNERGY_TIMEPERIOD: '2015051700',
      SYNERGY_START_TIMEPERIOD: '2015000000',
      SYNERGY_TOKEN: 'x',
      SYNERGY_TEST_SERVICES: 'required',
    };
    assert.equal((await load({ environment })).startTimeperiod, undefined);
  });

  const refused: readonly [string, () => Promise<unknown>, RegExp][] = [
    [
      'an unknown key',
      () => (file('synergy.config.json', '{ "mxPrt": 1 }'), load()),
      /^setting 'mxPrt' in synergy\.config\.json is unknown; did you mean 'mxPort'\?$/,
    ],
    [
      'an unknown variable',
      () => load({ environment: { SYNERGY_MX_PRT: '1' } }),
      /^setting 'SYNERGY_MX_PRT' in the environment is unknown; did you mean 'SYNERGY_MX_PORT'\?$/,
    ],
    [
      'a key like no other',
      () => (file('synergy.config.json', '{ "zzz": 1 }'), load()),
      /'zzz' .* docs\/settings\.md/,
    ],
    [
      'a wrong type in the file',
      () => (file('synergy.config.json', '{ "mxPort": "5000" }'), load()),
      /^setting 'mxPort' in synergy\.config\.json: expected a whole number from 0 to 65535, given "5000"$/,
    ],
    [
      'a wrong type that is overruled',
      () => (file('synergy.config.json', '{ "mxPort": "x" }'), load({ options: { mxPort: '1' } })),
      /'mxPort' in synergy/,
    ],
    [
      'a text for a number',
      () => load({ environment: { SYNERGY_MX_PORT: 'http' } }),
      /^setting 'SYNERGY_MX_PORT' in the environment: expected a whole number from 0 to 65535, given "http"$/,
    ],
    [
      'a number out of range',
      () => load({ options: { mxPort: '65536' } }),
      /^setting '--mx-port': expected .* given 65536$/,
    ],
    ['an empty number', () => load({ environment: { SYNERGY_MX_PORT: '' } }), /given ""/],
    [
      'a flag that is none',
      () => load({ environment: { SYNERGY_DEMO: 'maybe' } }),
      /expected true or false, given "maybe"/,
    ],
    [
      'a flag that is a word of the language',
      () => load({ environment: { SYNERGY_DEMO: 'constructor' } }),
      /expected true or false, given "constructor"/,
    ],
    [
      'a duration that is none',
      () => load({ options: { lease: '15 parsecs' } }),
      /'--lease': expected a duration/,
    ],
    ['a duration of nothing', () => load({ options: { heartbeat: '0s' } }), /above zero/],
    [
      'a malformed hour',
      () => load({ options: { startTimeperiod: '2015130100' } }),
      /'--start-timeperiod': expected an hour as YYYYMMDDHH/,
    ],
    [
      'a date without a zone',
      () => load({ options: { asOf: '2015-06-01T00:30:00' } }),
      /'--as-of': expected an ISO 8601 instant/,
    ],
    [
      'an address for all to see without TLS',
      () => load({ options: { mxHost: '0.0.0.0' } }),
      /'0\.0\.0\.0' as it is, .*: set mxTlsCert and mxTlsKey, or mxProxy .*, and mxPublicUrl/,
    ],
    [
      'an address for all to see whose name is not known',
      () => load({ options: { mxHost: '0.0.0.0', mxProxy: '10.0.0.0/8' } }),
      /set mxPublicUrl, such as https:/,
    ],
    [
      'an address for others without TLS',
      () => load({ options: { mxPublicUrl: 'https://synergy.example.com' } }),
      /nothing here ends TLS: set mxProxy .*, or mxTlsCert and mxTlsKey$/,
    ],
    [
      'a certificate without its key',
      () => load({ options: { mxTlsCert: 'cert.pem' } }),
      /^mxTlsCert is set and mxTlsKey is not: set both, or neither$/,
    ],
    [
      'an address for others in the clear',
      () => load({ options: { mxPublicUrl: 'http://synergy.example.com' } }),
      /'--mx-public-url': expected an address such as https:/,
    ],
    [
      'a proxy that is no address',
      () => load({ options: { mxProxy: '127.0.0.1, proxy' } }),
      /'--mx-proxy': expected addresses or networks .* given "127\.0\.0\.1, proxy"$/,
    ],
    ['a host that is none', () => load({ options: { eventAllow: 'a host' } }), /'--event-allow': expected/],
    [
      'an address that is none',
      () => load({ options: { eventAllow: '10.0.0' } }),
      /'--event-allow': expected/,
    ],
    [
      'a broker without a user',
      () => load({ options: { eventConnections: 'amqp://rabbit.internal' } }),
      /'--event-connections': expected/,
    ],
    [
      'a broker with an option that is none',
      () => load({ options: { eventConnections: 'kafka://ann:x@kafka.internal?mechanism=md5' } }),
      /'--event-connections': expected/,
    ],
    [
      'a proxy that speaks no HTTP',
      () => load({ options: { eventProxy: 'socks5://p:1080' } }),
      /'--event-proxy': expected/,
    ],
    ['a network that is none', () => load({ options: { mxProxy: '10.0.0.0/33' } }), /'--mx-proxy': expected/],
    ['a host that is none', () => load({ options: { mxHost: 'a b' } }), /'--mx-host': expected an address/],
    [
      'an unknown store',
      () => load({ options: { store: 'redis://x' } }),
      /'--store': expected 'embedded', an address such as mongodb:.* given "redis:\/\/x"$/,
    ],
    ['an address without a host', () => load({ options: { queue: 'amqp://' } }), /'--queue': expected/],
    [
      'an address, without its password',
      () => load({ environment: { SYNERGY_QUEUE: 'ampq://ann:hunter2@broker' } }),
      /'SYNERGY_QUEUE' in the environment: .* given "ampq:\/\/ann:\*\*\*@broker"$/,
    ],
    [
      'a list of addresses, without their passwords',
      () => (file('synergy.config.json', '{ "store": ["mongodb://ann:hunter2@db1"] }'), load()),
      /given \["mongodb:\/\/ann:\*\*\*@db1"\]$/,
    ],
    [
      'a file for an address that is not there',
      () => load({ options: { store: 'file:nowhere' } }),
      /'--store': file '.*\/nowhere' cannot be read \(ENOENT\)$/,
    ],
    [
      'a file that holds no address',
      () => (file('store', 'ann:hunter2@db1'), load({ options: { store: 'file:store' } })),
      /'--store': expected .* given "ann:\*\*\*@db1"$/,
    ],
    [
      'a lease shorter than two heartbeats',
      () => load({ options: { lease: '6s' } }),
      /'lease': expected at least twice the heartbeat/,
    ],
    [
      'a term of the leader that one slow answer of the store would end',
      () => load({ options: { leaderTerm: '500ms' } }),
      /'--leader-term': expected a duration from 2s to 5m, such as 6s .*, given "500ms"$/,
    ],
    [
      'a term of the leader for which all would stand still',
      () => load({ options: { leaderTerm: '1h' } }),
      /'--leader-term': expected a duration from 2s to 5m/,
    ],
    [
      'a cron expression that is none',
      () => load({ options: { housekeepingExpiry: '61 * * * *' } }),
      /'--housekeeping-expiry': expected a cron expression .* such as '17 \* \* \* \*', or 'off', given "61 \* \* \* \*"$/,
    ],
    [
      'a time zone that is none',
      () => load({ environment: { SYNERGY_HOUSEKEEPING_TIME_ZONE: 'Mars/Olympus' } }),
      /'SYNERGY_HOUSEKEEPING_TIME_ZONE' in the environment: expected the name of a time zone .* given "Mars\/Olympus"$/,
    ],
    [
      'a file that is not JSON',
      () => (file('synergy.config.json', '{ mxPort'), load()),
      /cannot be read as JSON/,
    ],
    ['a file that holds a list', () => (file('synergy.config.json', '[]'), load()), /holds no settings/],
    [
      'two files',
      () => (file('synergy.config.json', '{}'), file('synergy.config.js', ''), load()),
      /synergy\.config\.json and synergy\.config\.js both/,
    ],
  ];
  for (const [what, loading, expected] of refused) {
    it(`refuses ${what}`, async () => assert.match(await refusal(loading()), expected));
  }
});
