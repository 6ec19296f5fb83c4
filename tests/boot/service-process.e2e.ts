import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVICE_MARK } from '../../lib/os/process-mark.ts';
import { createIpcServer } from '../../supervisor/ipc/server.ts';
import type { IpcServer } from '../../supervisor/ipc/server.ts';
import { signalBoard } from '../support/signal-board.ts';
import type { SignalBoard } from '../support/signal-board.ts';
import { tempFolder } from '../support/temp-folder.ts';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly service: string;
}

describe('the process of a service', function () {
  this.timeout(30_000);
  const serviceFile = fileURLToPath(new URL('./fixtures/chatty-service.ts', import.meta.url));
  const runs: { readonly process: ChildProcess; readonly switchboard: IpcServer }[] = [];
  let dataDir: string;

  interface Begun {
    readonly process: ChildProcess;
    readonly code: Promise<number | null>;
    readonly said: SignalBoard;
    /** Codes of all its refusals, once it has hung up. */
    readonly refusals: () => Promise<readonly string[]>;
  }
  const begin = async (ending: string): Promise<Begun> => {
    const box = tempFolder();
    const mark = randomUUID();
    const said = signalBoard();
    const codes: string[] = [];
    const switchboard = createIpcServer(box);
    const brief = { dataDir, logLevel: 'info', workerGrace: 0, adoptWithin: 1000 };
    switchboard.expect({
      mark,
      begin: { type: 'begin', owner: 'box:chatty', brief },
      message: (message) => {
        if (message.type === 'refused') codes.push(message.code);
        said.post(message.type, message);
      },
    });
    await switchboard.open();
    const service = spawn(process.execPath, ['--import', 'tsx', serviceFile, box, ending], {
      stdio: 'inherit',
      env: { ...process.env, [SERVICE_MARK]: mark },
    });
    runs.push({ process: service, switchboard });
    return {
      process: service,
      code: once(service, 'exit').then(([exit]) => exit as number | null),
      said,
      refusals: () => switchboard.dismiss(mark).then(() => codes),
    };
  };
  const logged = (): Line[] =>
    readFileSync(join(dataDir, 'logs', 'chatty.log'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index + 1}`);

  beforeEach(() => {
    dataDir = tempFolder();
  });
  afterEach(() => {
    for (const { process: service, switchboard } of runs.splice(0)) {
      service.kill('SIGKILL');
      switchboard.close();
    }
  });

  it('writes all of its log before it ends as asked', async () => {
    const { process: service, code, said } = await begin('stops');
    await said.next('ready');
    service.kill('SIGTERM');
    assert.equal(await code, 0);
    assert.deepEqual(
      logged().map(({ message }) => message),
      lines,
    );
  });

  it('writes all of its log before it ends because it will not begin', async () => {
    const { code, said } = await begin('refuses');
    assert.deepEqual(await said.next('refused'), {
      type: 'refused',
      code: 'STORE_LOCKED',
      message: 'the store is taken',
    });
    assert.equal(await code, 1);
    assert.deepEqual(
      logged().map(({ message }) => message),
      lines,
    );
  });

  it('tells the first reason for its end, and not what comes of it', async () => {
    const { code, said, refusals } = await begin('is deposed');
    await said.next('refused');
    assert.equal(await code, 1);
    assert.deepEqual(await refusals(), ['DEPOSED']);
  });

  it('writes why it crashed, after all that came before', async () => {
    const { code } = await begin('crashes');
    assert.equal(await code, 1);
    const all = logged();
    assert.deepEqual(
      all.slice(0, -1).map(({ message }) => message),
      lines,
    );
    assert.equal(all.at(-1)?.level, 'error');
    assert.match(
      all.at(-1)?.message ?? '',
      /^synergy: this should not have happened.*an error without a handler/s,
    );
  });

  it('ends as asked to when its supervisor is gone and none takes over in time', async () => {
    const { code, said } = await begin('stops');
    await said.next('ready');
    runs[0]?.switchboard.close();
    assert.equal(await code, 0);
    assert.equal(logged().length, lines.length);
  });

  it('ends though its log cannot be written', async () => {
    dataDir = join(tempFolder(), 'taken');
    writeFileSync(dataDir, '');
    const { code } = await begin('stops');
    assert.equal(await code, 1);
  });
});
