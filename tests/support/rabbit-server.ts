import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { tempFolder } from './temp-folder.ts';

/** Debian puts a wrapper on root's PATH that changes the user; the servers of tests run as the user who tests. */
const binaries = '/usr/lib/rabbitmq/bin';
const START_TIMEOUT = 60_000;

/** A RabbitMQ server of the test's own, with all its files in a folder of its own. */
export interface RabbitServer {
  readonly port: number;
  /** Makes an empty virtual host; resolves with its address for user guest. */
  vhost(): Promise<string>;
  /** Evaluates an Erlang expression in the server. */
  evaluate(expression: string): Promise<void>;
  /** Variables with which `rabbitmqctl` speaks to this server. */
  readonly environment: Readonly<Record<string, string>>;
  /** Stops it orderly. */
  stop(): Promise<void>;
  /** Kills it as nothing can prevent. */
  kill(): Promise<void>;
  /** Starts it again on the same data. */
  start(): Promise<void>;
  /** Ends everything that was started. */
  dispose(): Promise<void>;
}

/** Why there can be no server of the test's own; undefined when there can. */
export const noRabbitServer: string | undefined = existsSync(join(binaries, 'rabbitmq-server'))
  ? undefined
  : 'RabbitMQ is not installed, see scripts/install-services.sh';

const environmentOf = async (port: number): Promise<Readonly<Record<string, string>>> => {
  const folder = tempFolder();
  for (const name of ['home', 'data', 'log']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'plugins'), '[].');
  writeFileSync(
    join(folder, 'rabbit.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      'log.console = false',
      // It must not stop for the disk of a small machine.
      'disk_free_limit.absolute = 1MB',
      '',
    ].join('\n'),
  );
  return {
    HOME: join(folder, 'home'),
    RABBITMQ_NODENAME: `synergy-test-${port}@localhost`,
    RABBITMQ_DIST_PORT: String(await freePort()),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbit.conf'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    // Its shell reads our commands, and ends the server when the test process ends.
    RABBITMQ_ALLOW_INPUT: '1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_PORT: String(await freePort()),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_CRASH_DUMP: '/dev/null',
  };
};

const run = (
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): ChildProcessWithoutNullStreams => {
  const child = spawn(program, args, { env: { ...process.env, ...environment } });
  child.stderr.resume();
  child.stdin.on('error', () => undefined);
  return child;
};

/** Resolves with what the pattern finds in the output of a process; rejects when it ends before. */
const heard = (child: ChildProcessWithoutNullStreams, pattern: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let seen = '';
    const end = (): void => {
      child.stdout.off('data', read);
      child.off('exit', fail);
    };
    const read = (chunk: Buffer): void => {
      seen += chunk.toString();
      const found = pattern.exec(seen);
      if (found === null) return;
      end();
      resolve(found[1] ?? '');
    };
    const fail = (): void => {
      end();
      reject(new Error(`the RabbitMQ server ended: ${seen}`));
    };
    child.stdout.on('data', read);
    child.once('exit', fail);
  });

/** Asks the Erlang shell of a server. */
const evaluateIn = async (child: ChildProcessWithoutNullStreams, expression: string): Promise<void> => {
  const mark = randomUUID();
  const answer = heard(child, new RegExp(`<${mark}>(.*)</${mark}>`, 's'));
  const attempt = `try (${expression}), "" catch C:E -> io_lib:format("failed: ~p ~p", [C, E]) end`;
  // The mark is put together in there: the shell may echo what it reads.
  child.stdin.write(
    `(fun() -> R = ${attempt}, io:format("<~s>~ts</~s>~n", ["${mark}", R, "${mark}"]) end)().\n`,
  );
  const printed = await answer;
  if (printed.startsWith('failed: ')) throw new Error(`${expression} ${printed}`);
};

/** Starts a server. Callers have seen that `noRabbitServer` is undefined, and kill it in the end. */
export const startRabbitServer = async (): Promise<RabbitServer> => {
  const port = await freePort();
  const environment = await environmentOf(port);
  // By itself a node would start a port mapper that stays behind; this one ends when its input does.
  const mapper = run('sh', ['-c', 'epmd -address 127.0.0.1 & cat; kill $!'], environment);
  let child: ChildProcessWithoutNullStreams | undefined;
  const running = (): ChildProcessWithoutNullStreams => {
    if (child === undefined) throw new Error('the RabbitMQ server is not running');
    return child;
  };
  const ended = async (): Promise<void> => {
    const ending = running();
    child = undefined;
    if (ending.exitCode === null && ending.signalCode === null) await once(ending, 'exit');
  };
  const start = async (): Promise<void> => {
    child = run(join(binaries, 'rabbitmq-server'), [], environment);
    const late = setTimeout(() => child?.kill('SIGKILL'), START_TIMEOUT);
    await heard(child, /completed with \d+ plugins/);
    clearTimeout(late);
  };
  const kill = async (): Promise<void> => {
    // RabbitMQ 3.10 writes the names of new quorum queues up to half a second late, and is left with a queue that
    // never again has a leader; what Mnesia logs of virtual hosts and classic queues waits in the server too, for up to
    // two seconds. That is not what is to be tested.
    await evaluateIn(running(), '{catch dets:sync(ra_directory_reverse), catch mnesia:sync_log()}');
    running().kill('SIGKILL');
    await ended();
  };
  await start();
  return {
    port,
    environment,
    evaluate: (expression) => evaluateIn(running(), expression),
    vhost: async () => {
      const name = `v${randomUUID()}`;
      const all = '<<".*">>';
      await evaluateIn(
        running(),
        `begin rabbit_vhost:add(<<"${name}">>, <<"test">>), rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"${name}">>, ${all}, ${all}, ${all}, <<"test">>) end`,
      );
      return `amqp://127.0.0.1:${port}/${name}`;
    },
    start,
    stop: async () => {
      running().stdin.write('init:stop().\n');
      await ended();
    },
    kill,
    dispose: async () => {
      if (child !== undefined) await kill();
      mapper.stdin.end();
      await once(mapper, 'exit');
    },
  };
};
