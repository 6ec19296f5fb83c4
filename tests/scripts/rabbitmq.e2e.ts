import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { openRabbitQueue } from '../../mq/rabbit/queue.ts';
import type { Queue } from '../../mq/queue.ts';
import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const scriptPath = (name: string): string => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));

describe(`scripts for RabbitMQ${noRabbitServer === undefined ? '' : `: ${noRabbitServer}`}`, function () {
  // Each command of the server's starts a virtual machine, some seconds long on a busy box.
  this.timeout(240_000);
  let server: RabbitServer;
  const environment = (): NodeJS.ProcessEnv => ({
    ...process.env,
    ...server.environment,
    RABBITMQCTL: '/usr/lib/rabbitmq/bin/rabbitmqctl',
  });
  const run = async (
    name: string,
    args: readonly string[],
    variables: NodeJS.ProcessEnv = {},
  ): Promise<Ended> => {
    const child = spawn(scriptPath(name), args, {
      env: { ...environment(), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code: child.exitCode, stdout, stderr };
  };
  /** The address that a script has printed, at the port of the server. */
  const addressIn = ({ stdout }: Ended): string => {
    const [, address = ''] = /^queue: (.*)$/m.exec(stdout) ?? [];
    return address.replace('@127.0.0.1/', `@127.0.0.1:${server.port}/`);
  };
  const depths = async (queue: Queue, names: readonly string[]): Promise<number[]> =>
    Promise.all(names.map(async (name) => (await queue.depth(name)).ready));

  before(async function () {
    if (noRabbitServer !== undefined) return this.skip();
    server = await startRabbitServer();
  });
  after(async () => {
    if (noRabbitServer === undefined) await server.dispose();
  });

  it('make what an installation needs, and leave it alone the next time', async () => {
    const names = ['--user', 'jobs', '--vhost', 'jobs', '--host', '127.0.0.1'];
    const made = await run('rabbitmq-config.sh', names);
    assert.equal(made.code, 0, made.stderr);
    assert.match(
      made.stdout,
      /^virtual host jobs: made\nuser jobs: made\npermissions: granted\nqueue: amqp:/,
    );
    const queue = await openRabbitQueue(addressIn(made));
    await queue.publish('q', ['a']);

    const again = await run('rabbitmq-config.sh', names);
    assert.equal(again.code, 0, again.stderr);
    assert.match(
      again.stdout,
      /^virtual host jobs: there already\nuser jobs: there already, with its password\n/,
    );
    assert.match(again.stdout, /queue: amqp:\/\/jobs:<password>@127\.0\.0\.1\/jobs\n$/);
    await (await openRabbitQueue(addressIn(made))).close();

    const changed = await run('rabbitmq-config.sh', names, { RABBITMQ_PASSWORD: 'an.other-1' });
    assert.match(changed.stdout, /user jobs: there already, password set\n/);
    await assert.rejects(openRabbitQueue(addressIn(made)), { code: 'QUEUE_REFUSED' });
    const other = await openRabbitQueue(addressIn(changed));
    assert.deepEqual(await other.depth('q'), { ready: 1, taken: 0 });
    await Promise.all([queue.close(), other.close()]);
  });

  it('purge the queues of an installation, when the user is sure', async () => {
    const address = await server.vhost();
    const vhost = new URL(address).pathname.slice(1);
    const queue = await openRabbitQueue(address);
    const ours = ['queue_page_hourly', 'q_uow_status', 'q_uow_status.dead'];
    for (const name of [...ours, 'foreign']) await queue.publish(name, ['a', 'b']);

    const asked = await run('purge-queues.sh', [vhost]);
    assert.equal(asked.code, 2);
    assert.match(asked.stderr, /^purge-queues: no terminal to ask on: say --yes[^\n]*\n$/);
    assert.deepEqual(await depths(queue, ours), [2, 2, 2]);

    const purged = await run('purge-queues.sh', ['--yes', vhost]);
    assert.equal(purged.code, 0, purged.stderr);
    assert.match(
      purged.stdout,
      /^q_uow_status\nq_uow_status\.dead\nqueue_page_hourly\nqueue_page_hourly\.dead\npurged\n$/,
    );
    assert.deepEqual(await depths(queue, [...ours, 'foreign']), [0, 0, 0, 2]);
    await queue.close();
  });

  it('purge nothing unless the answer is yes', async () => {
    const address = await server.vhost();
    const vhost = new URL(address).pathname.slice(1);
    const queue = await openRabbitQueue(address);
    await queue.publish('q', ['a']);
    await queue.publish('q_command', ['a']);
    const answer = async (line: string): Promise<number | null> => {
      // Only a terminal can be asked.
      const child = spawn(
        '/usr/bin/script',
        ['-qec', `${scriptPath('purge-queues.sh')} ${vhost}`, '/dev/null'],
        {
          env: { ...environment(), SHELL: '/bin/sh' },
          stdio: ['pipe', 'ignore', 'ignore'],
        },
      );
      child.stdin.end(line);
      await once(child, 'close');
      return child.exitCode;
    };
    assert.equal(await answer('n\n'), 1);
    assert.deepEqual(await depths(queue, ['q_command']), [1]);
    assert.equal(await answer('y\n'), 0);
    assert.deepEqual(await depths(queue, ['q_command', 'q']), [0, 1]);
    await queue.close();
  });

  it('find nothing to purge where there is none of ours', async () => {
    const vhost = new URL(await server.vhost()).pathname.slice(1);
    const { code, stdout } = await run('purge-queues.sh', ['--yes', vhost]);
    assert.equal(code, 0);
    assert.equal(stdout, `virtual host ${vhost} has no queues of ours\n`);
  });

  for (const [name, args, variables, code, message] of [
    ['rabbitmq-config.sh', ['--user'], {}, 2, /--user needs a name after it/],
    ['rabbitmq-config.sh', ['--admin', 'x'], {}, 2, /unknown argument '--admin': expected/],
    ['rabbitmq-config.sh', ['--vhost', 'a/b'], {}, 2, /--vhost: expected letters.*given 'a\/b'/],
    ['rabbitmq-config.sh', [], { RABBITMQ_PASSWORD: 's3cret@' }, 2, /RABBITMQ_PASSWORD: expected letters/],
    ['rabbitmq-config.sh', [], { RABBITMQCTL: '/nowhere/ctl' }, 1, /\/nowhere\/ctl is not installed/],
    [
      'rabbitmq-config.sh',
      [],
      { RABBITMQ_NODENAME: 'none@localhost' },
      1,
      /cannot reach the server: start it/,
    ],
    ['purge-queues.sh', ['--all'], {}, 2, /unknown option '--all': expected/],
    ['purge-queues.sh', ['nowhere'], {}, 1, /there is no virtual host 'nowhere': expected one of .*\//],
    ['purge-queues.sh', [], { RABBITMQCTL: '/nowhere/ctl' }, 1, /\/nowhere\/ctl is not installed/],
    ['purge-queues.sh', [], { RABBITMQ_NODENAME: 'none@localhost' }, 1, /cannot reach the server: start it/],
  ] as const) {
    it(`say in one line why not: ${[name, ...args, ...Object.keys(variables)].join(' ')}`, async () => {
      const ended = await run(name, args, variables);
      assert.equal(ended.code, code);
      assert.match(ended.stderr, message);
      assert.match(ended.stderr, /^[^\n]*\n$/);
      assert.doesNotMatch(ended.stderr, /s3cret/);
    });
  }
});
