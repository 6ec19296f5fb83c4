import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoxRecord } from '../../domain/model/record.ts';
import { isAlive } from '../../lib/os/process-stat.ts';
import type { ProcessIdentity } from '../../lib/os/process-stat.ts';
import { desiredStateFact } from '../../supervisor/ipc/message.ts';
import type { DesiredState } from '../../supervisor/ipc/message.ts';
import { socketPath } from '../../supervisor/ipc/socket-file.ts';
import { readServiceFile, serviceFiles, writeServiceFile } from '../../supervisor/service-file.ts';
import { startBystander } from '../support/bystander.ts';
import { startChild } from '../support/child.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { bench, clearBenches, gone, living, up } from './bench.ts';
import type { Bench, News } from './bench.ts';

const box = new URL('children/box.ts', import.meta.url);

/** What a supervisor that was killed leaves: its folder and its service. */
interface Orphan {
  readonly dataDir: string;
  readonly service: News;
  readonly identity: ProcessIdentity;
}

const orphan = async (behaviour: string, patience = 60_000, dataDir = tempFolder()): Promise<Orphan> => {
  const child = startChild(box, dataDir, behaviour, String(patience));
  const service = (await child.message()) as News;
  const identity = living(service.pid);
  await child.kill();
  return { dataDir, service, identity };
};

const request = ({ facts }: Bench, value: DesiredState): void =>
  facts.set(desiredStateFact('box-1', 'worker'), { ...value });

afterEach(clearBenches);

describe('a supervisor after one that was killed', function () {
  this.timeout(30_000);

  it('goes on with the same process, and hears of it what the first one did', async () => {
    const { dataDir, service, identity } = await orphan('serve');
    const { board, boxes, supervisor } = bench('serve', dataDir);
    assert.deepEqual(await supervisor.takeOver(), ['worker']);
    await supervisor.start();
    assert.deepEqual(await board.next<News>('news'), service);
    await board.next('ready');
    const record = await board.next<BoxRecord>('box running');
    assert.deepEqual([record.pid, record.restarts], [service.pid, 0]);
    assert.equal(record.startedAt, readServiceFile(dataDir, 'worker')?.startedAt);
    await supervisor.stop();
    assert.equal(isAlive(identity), false);
    assert.equal(boxes.at(-1)?.actual, 'stopped');
    assert.deepEqual(serviceFiles(dataDir), []);
  });

  it('sees its end, releases its leases, kills what it started and starts it again', async () => {
    const { dataDir, service } = await orphan('parent');
    const escaped = living(service.child);
    const made = bench('parent', dataDir);
    made.held = 2;
    await up(made.supervisor);
    assert.equal(await made.board.next('said'), `worker goes on as process ${service.pid}`);
    await made.board.next('ready');
    process.kill(service.pid, 'SIGKILL');
    assert.equal(await made.board.next('released'), service.owner);
    await gone(escaped);
    assert.equal(
      await made.board.next('said'),
      'worker ended (exit not seen) with 2 units of work in hand; it is started again at once',
    );
    await made.board.next('news');
    const second = await made.board.next<News>('news');
    assert.notEqual(second.pid, service.pid);
    assert.equal(readServiceFile(dataDir, 'worker')?.begun?.restarts, 1);
  });

  it('takes requests into account, but none twice', async () => {
    const { dataDir, service, identity } = await orphan('serve');
    const file = readServiceFile(dataDir, 'worker');
    assert.ok(file?.begun);
    writeServiceFile(dataDir, { ...file, begun: { ...file.begun, requestedAt: 7 } });
    const made = bench('serve', dataDir);
    request(made, { desired: 'on', at: 7, restart: true });
    await up(made.supervisor);
    await made.board.next('ready');
    await made.board.next('box running');
    assert.equal(isAlive(identity), true);
    request(made, { desired: 'on', at: 8, restart: true });
    await made.board.next('news');
    const second = await made.board.next<News>('news');
    assert.notEqual(second.pid, service.pid);
    assert.equal(isAlive(identity), false);
    request(made, { desired: 'off', at: 9, restart: false });
    await made.board.next<BoxRecord>('box stopped');
  });

  it('kills one that does not heed SIGTERM, with a child that escaped and does not either', async () => {
    const { dataDir, service, identity } = await orphan('deaf-parent');
    const escaped = living(service.child);
    const { supervisor } = bench('deaf-parent', dataDir);
    await up(supervisor);
    await supervisor.stop();
    assert.equal(isAlive(identity), false);
    await gone(escaped);
  });

  it('stops one that was begun with something else, and starts it anew', async () => {
    const { dataDir, service, identity } = await orphan('parent');
    const escaped = living(service.child);
    const made = bench('serve', dataDir);
    assert.deepEqual(await made.supervisor.takeOver(), []);
    assert.equal(isAlive(identity), false);
    await gone(escaped);
    assert.deepEqual(made.released, [service.owner]);
    await made.supervisor.start();
    const second = await made.board.next<News>('news');
    assert.notEqual(second.pid, service.pid);
  });

  it('keeps it while the store is away', async () => {
    const { dataDir, service, identity } = await orphan('serve');
    const made = bench('serve', dataDir);
    made.away = () => Promise.reject(new Error('no route'));
    await up(made.supervisor);
    await made.board.next('ready');
    for (let i = 0; i < 3; i++) await made.board.next('asked in vain');
    assert.equal(isAlive(identity), true);
    made.away = undefined;
    assert.equal((await made.board.next<BoxRecord>('box running')).pid, service.pid);
  });

  it('comes in vain when it comes too late: the service has ended', async () => {
    const { identity } = await orphan('serve', 300);
    await gone(identity);
  });

  it('sends away a service that it knows nothing of', async () => {
    const { dataDir, identity } = await orphan('serve');
    rmSync(join(dataDir, 'run', 'worker.json'));
    const { supervisor } = bench('serve', dataDir);
    await supervisor.takeOver();
    await gone(identity);
  });

  it('finds its services where the path of the folder is too long for a socket', async () => {
    const deep = join(tempFolder(), 'x'.repeat(100));
    mkdirSync(deep);
    const { dataDir, service } = await orphan('serve', 60_000, deep);
    const { board, supervisor } = bench('serve', dataDir);
    const before = socketPath(dataDir);
    await supervisor.takeOver();
    assert.deepEqual(await board.next<News>('news'), service);
    const path = socketPath(dataDir);
    assert.equal(lstatSync(path).mode & 0o777, 0o600);
    assert.equal(lstatSync(join(path, '..')).mode & 0o777, 0o700);
    await supervisor.stop();
    for (const used of [before, path]) assert.throws(() => lstatSync(join(used, '..')), /ENOENT/);
    assert.deepEqual(readdirSync(join(dataDir, 'run')), []);
  });

  it('hands nothing to a caller who does not know the mark of a service', async () => {
    const { dataDir, supervisor } = bench('serve', mkdtempSync(join(tmpdir(), 'synergy-')));
    await supervisor.takeOver();
    for (const hello of ['{"type":"hello","mark":"","begun":false}', 'null', 'no json']) {
      const caller = connect(socketPath(dataDir)).setEncoding('utf8');
      let heard = '';
      caller.on('data', (text: string) => (heard += text));
      caller.write(`${hello}\n`);
      await new Promise((resolve) => caller.once('close', resolve));
      assert.equal(heard, hello === 'no json' ? '' : '{"type":"stop"}\n');
    }
  });

  for (const [what, other] of [
    ['start time', (startTime: string) => startTime.replace(/^/, '1')],
    ['boot', (startTime: string) => startTime.replace(/@.*$/, '@00000000')],
  ] as const) {
    it(`never signals a process that was given the pid of a service: another ${what}`, async () => {
      const { dataDir, identity } = await orphan('serve', 100);
      await gone(identity);
      const file = readServiceFile(dataDir, 'worker');
      assert.ok(file);
      const bystander = await startBystander();
      const { pid, startTime } = bystander.identity;
      writeServiceFile(dataDir, { ...file, pid, startTime: other(startTime) });
      const { board, supervisor, released, ends } = bench('serve', dataDir);
      assert.deepEqual(await supervisor.takeOver(), []);
      assert.deepEqual([released, ends], [[file.owner], ['died']]);
      await supervisor.start();
      await board.next('news');
      await supervisor.stop();
      assert.equal(isAlive(bystander.identity), true);
      assert.equal(await bystander.end(), '');
    });
  }
});
