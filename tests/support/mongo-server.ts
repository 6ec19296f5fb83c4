import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { freePort } from './free-port.ts';
import { tempFolder } from './temp-folder.ts';

export interface MongoServerOptions {
  /** Answers as a standalone instead of as a replica set of one. */
  readonly standalone?: boolean;
  /** Refuses clients without credentials; `users` are made before. */
  readonly users?: readonly MongoUser[];
}

export interface MongoUser {
  readonly name: string;
  readonly password: string;
  readonly roles: readonly { readonly role: string; readonly db: string }[];
}

/** A server for tests: one that this run starts, or the one whose address was given. */
export interface MongoServer {
  /** Address of a database in it. */
  readonly url: (database: string, user?: MongoUser) => string;
  readonly port: number;
  /** Whether it is ours to kill. */
  readonly isOwn: boolean;
  /** Ends it as nothing can prevent; what was stored stays. */
  readonly kill: () => Promise<void>;
  /** Starts it again, on what it had stored. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
// Where scripts/install-services.sh puts it.
const secantus = join(cache, 'synergy-services', 'secantusdb-0.7.0b3', 'bin', 'secantusd-py');

const mongod = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'mongod'))
  .find(existsSync);

const given = process.env['SYNERGY_TEST_MONGODB_URL'];

/** Why there is no MongoDB server to test with; undefined when there is one. */
export const whyNoMongo = (): string | undefined =>
  given !== undefined || mongod !== undefined || existsSync(secantus)
    ? undefined
    : 'no MongoDB server: set SYNERGY_TEST_MONGODB_URL, or run scripts/install-services.sh';

/** Why there is none whose planner is MongoDB's own. */
export const whyNoMongod = (): string | undefined =>
  given !== undefined || mongod !== undefined
    ? undefined
    : 'no mongod, and the stand-in plans in its own way: set SYNERGY_TEST_MONGODB_URL';

/** Why there is none that a test may start, kill or ask for users. */
export const whyNoOwnMongo = (): string | undefined =>
  given === undefined ? whyNoMongo() : 'SYNERGY_TEST_MONGODB_URL is set: a server of its own is needed';

interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

const REPLICA_SET = 'synergy';

const commandOf = (port: number, folder: string, options: MongoServerOptions): Command => {
  const isStandalone = options.standalone === true;
  if (mongod !== undefined) {
    const parameters = ['--setParameter', 'enableTestCommands=1'];
    const topology = isStandalone || options.users !== undefined ? [] : ['--replSet', REPLICA_SET];
    const args = ['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', folder];
    return { program: mongod, args: [...args, ...parameters, ...topology] };
  }
  const durability = ['--sync-on-commit', '--enable-test-commands', '--log-level', 'ERROR'];
  const args = ['--host', '127.0.0.1', '--port', String(port), '--storage-path', folder];
  return { program: secantus, args: [...args, ...durability, ...(isStandalone ? ['--standalone'] : [])] };
};

/** Resolves when something takes connections on the port; rejects when its process ends before. */
const listening = async (child: ChildProcess, port: number): Promise<void> => {
  for (;;) {
    const end = child.exitCode ?? child.signalCode;
    if (end !== null) throw new Error(`the server ended with ${end}`);
    const socket = connect(port, '127.0.0.1');
    const reached = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (reached) return;
    await sleep(20);
  }
};

/** Runs something on a server of the port, whose members need not have elected yet. */
const withClient = async <T>(port: number, run: (client: MongoClient) => Promise<T>): Promise<T> => {
  const client = new MongoClient(`mongodb://127.0.0.1:${String(port)}/?directConnection=true`);
  try {
    return await run(client);
  } finally {
    await client.close();
  }
};

const initiate = (port: number): Promise<void> =>
  withClient(port, async (client) => {
    const admin = client.db('admin');
    const members = [{ _id: 0, host: `127.0.0.1:${String(port)}` }];
    const hello = await admin.command({ hello: 1 });
    if (hello['setName'] === undefined) {
      await admin.command({ replSetInitiate: { _id: REPLICA_SET, members } });
    }
    for (;;) {
      if ((await admin.command({ hello: 1 }))['isWritablePrimary'] === true) return;
      await sleep(50);
    }
  });

const createUsers = (port: number, users: readonly MongoUser[]): Promise<void> =>
  withClient(port, async (client) => {
    for (const { name, password, roles } of users) {
      await client.db('admin').command({ createUser: name, pwd: password, roles: [...roles] });
    }
  });

const external = (url: string): MongoServer => {
  const address = new URL(url);
  const refuse = (): Promise<never> => Promise.reject(new Error('this server is not ours'));
  return {
    url: (database) => Object.assign(new URL(url), { pathname: `/${database}` }).href,
    port: Number(address.port || 27017),
    isOwn: false,
    kill: refuse,
    restart: refuse,
    stop: () => Promise.resolve(),
  };
};

/** Starts a server on a free port and a folder of its own, and resolves when it is ready. */
export const startMongoServer = async (options: MongoServerOptions = {}): Promise<MongoServer> => {
  if (given !== undefined) return external(given);
  const folder = join(tempFolder(), 'mongo');
  mkdirSync(folder);
  const port = await freePort();
  let child: ChildProcess | undefined;
  const isReplicated = mongod !== undefined && options.standalone !== true && options.users === undefined;

  // Never outlives the tests, even if they end without `stop`.
  const killAtExit = (): void => void child?.kill('SIGKILL');

  const start = async (...more: string[]): Promise<void> => {
    const { program, args } = commandOf(port, folder, options);
    process.once('exit', killAtExit);
    child = spawn(program, [...args, ...more], { stdio: 'ignore' });
    await listening(child, port);
    if (isReplicated) await initiate(port);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    process.off('exit', killAtExit);
  };
  const auth = options.users === undefined ? [] : ['--auth'];
  await start();
  if (options.users !== undefined) {
    await createUsers(port, options.users);
    await end('SIGTERM');
    await start(...auth);
  }
  return {
    url: (database, user) => {
      const credentials =
        user === undefined ? '' : `${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@`;
      const source = user === undefined ? '' : '?authSource=admin';
      return `mongodb://${credentials}127.0.0.1:${String(port)}/${database}${source}`;
    },
    port,
    isOwn: true,
    kill: () => end('SIGKILL'),
    restart: () => start(...auth),
    stop: () => end('SIGTERM'),
  };
};
