import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSettings } from '../boot/load-settings.ts';
import { environmentName, settingNames } from '../settings/help.ts';
import { settingsSchema } from '../settings.ts';
import { tempFolder } from './support/temp-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const isThere = (name: string): boolean => existsSync(join(root, name));
const manifest = JSON.parse(read('package.json')) as {
  bin: Record<string, string>;
  scripts: Record<string, string>;
  engines: { node: string };
};

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
  readonly network_mode?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

// mocha brings a reader of YAML for its own settings.
const { load } = createRequire(createRequire(import.meta.url).resolve('mocha'))('js-yaml') as {
  load: (text: string) => unknown;
};

describe('docker-compose.yml', () => {
  const { services, volumes } = load(read('docker-compose.yml')) as Compose;
  const synergy = services['synergy'];
  const environment = Object.fromEntries(
    Object.entries(synergy?.environment ?? {}).map(([name, value]) => [
      name,
      value.replace(/\$\{\w+:-(\w+)\}/g, '$1'),
    ]),
  );

  it('waits for servers that tell when they are ready', () => {
    assert.deepEqual(Object.keys(synergy?.depends_on ?? {}), ['mongodb', 'rabbitmq']);
    for (const [name, { condition }] of Object.entries(synergy?.depends_on ?? {})) {
      assert.equal(condition, 'service_healthy');
      assert.ok(services[name]?.healthcheck, name);
    }
  });

  it('declares every volume that it mounts', () => {
    const mounted = Object.values(services).flatMap((service) =>
      service.volumes.map((volume) => volume.split(':')[0]),
    );
    assert.deepEqual(mounted.toSorted(), Object.keys(volumes).toSorted());
  });

  it('is reached from this machine alone', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    assert.ok(ports.length > 0);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
  });

  it('sets settings that there are, to addresses of the servers beside it', async () => {
    const settings = await loadSettings({ folder: tempFolder(), environment, options: {}, now: 0 });
    const [store, queue] = [new URL(settings.store), new URL(settings.queue)];
    const { mongodb, rabbitmq } = services;
    assert.ok(mongodb && rabbitmq);
    assert.deepEqual(mongodb.ports, [`127.0.0.1:${store.port}:${store.port}`]);
    assert.deepEqual(rabbitmq.ports, [`127.0.0.1:${queue.port}:${queue.port}`]);
    assert.ok(mongodb.command?.includes(store.searchParams.get('replicaSet') ?? 'none'));
    assert.equal(rabbitmq.environment?.['RABBITMQ_DEFAULT_USER'], queue.username);
    assert.equal(rabbitmq.environment['RABBITMQ_DEFAULT_VHOST'], queue.pathname.slice(1));
  });

  it('initiates the replica set that the address names', () => {
    const script = services['mongodb']?.healthcheck?.test.join('\n') ?? '';
    const set = new URL(environment['SYNERGY_STORE'] ?? '').searchParams.get('replicaSet') ?? '';
    assert.match(script, new RegExp(`rs\\.initiate\\(\\{ _id: '${set}'`));
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  const argumentsOf = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  it('copies what there is, once it is built', () => {
    const sources = argumentsOf('COPY').flatMap((text) =>
      text
        .replace(/^--from=\w+ /, '')
        .split(' ')
        .slice(0, -1)
        .map((path) => path.replace(/^\/app\//, '')),
    );
    assert.ok(sources.length >= 6);
    for (const path of sources) assert.ok(path === 'node_modules' || isThere(path), path);
    assert.ok(sources.includes('dist') && sources.includes('mx') && sources.includes('deploy/starter'));
  });

  it('builds with a script that there is, on a Node that will do', () => {
    const [, script = ''] = /npm run (\w+)/.exec(read('Dockerfile')) ?? [];
    assert.ok(manifest.scripts[script], script);
    for (const image of argumentsOf('FROM')) assert.match(image, /^node:20-/);
    assert.match(manifest.engines.node, /^>=20/);
  });

  it('starts the command', () => {
    assert.deepEqual(argumentsOf('ENTRYPOINT'), [`["node", "/app/${manifest.bin['synergy'] ?? ''}"]`]);
  });

  it('sets settings that there are', () => {
    const known = settingNames.map(environmentName);
    const set = argumentsOf('ENV').map((text) => text.split('=')[0] ?? '');
    for (const name of set) assert.ok(known.includes(name), name);
  });
});

describe('deploy/systemd/synergy.service', () => {
  const unit = read('deploy/systemd/synergy.service');
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '';

  it('is one that systemd takes', function () {
    // Every path has to be there, and here is no installation.
    const program = value('ExecStart').split(' ')[0] ?? '';
    const path = join(tempFolder(), 'synergy.service');
    writeFileSync(path, unit.replace(program, process.execPath).replace(value('WorkingDirectory'), '/'));
    const { error, status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
      encoding: 'utf8',
    });
    if (error !== undefined) return this.skip();
    assert.deepEqual([status, stderr], [0, '']);
  });

  it('runs what an installation folder holds', () => {
    assert.equal(value('ExecStart'), `${value('WorkingDirectory')}/node_modules/.bin/synergy start`);
  });

  it('leaves the supervisor to stop its own processes, and time for it', () => {
    assert.equal(value('KillMode'), 'mixed');
    const grace = settingsSchema.parse({}).workerGrace;
    assert.ok(Number(value('TimeoutStopSec')) * 1000 >= 3 * grace);
  });

  it('sets settings that there are, also in what is commented out', () => {
    const known = settingNames.map(environmentName);
    const set = [...unit.matchAll(/\b(SYNERGY_\w+)=/g)].map(([, name = '']) => name);
    assert.deepEqual([...new Set(set)].toSorted(), ['SYNERGY_DATA_DIR', 'SYNERGY_QUEUE', 'SYNERGY_STORE']);
    for (const name of set) assert.ok(known.includes(name), name);
  });
});

describe('docs/deployment.md', () => {
  it('names files that there are', () => {
    const text = read('docs/deployment.md');
    const named = [...text.matchAll(/(?:scripts|deploy|docs)\/[\w./-]*\w|docker-compose\.yml|Dockerfile/g)];
    assert.ok(named.length >= 5);
    for (const [path] of named) assert.ok(isThere(path), path);
    for (const [, path = ''] of text.matchAll(/\]\(([^)#:]+)\)/g))
      assert.ok(isThere(join('docs', path)), path);
  });
});
