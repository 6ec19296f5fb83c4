import { MongoClient } from 'mongodb';
import { startMongoProxy } from './mongo-proxy.ts';
import type { Fate, MongoProxy } from './mongo-proxy.ts';

/** Faults that strike commands on their way to a MongoDB server, or within it. */
export const faults = ['cut before', 'cut after', 'not primary', 'write concern failed', 'blocked'] as const;
export type Fault = (typeof faults)[number];

/** Writes and reads of ours; what belongs to the connection itself is left alone. */
const struck = new Set(['insert', 'update', 'delete', 'find', 'findAndModify', 'getMore', 'aggregate']);
const writes = new Set(['insert', 'update', 'delete', 'findAndModify']);
const NOT_PRIMARY = 10_107;
const WRITE_CONCERN_FAILED = 64;
/** Timers of two processes do not agree to the millisecond. */
const SLACK = 100;

export interface FaultyMongo {
  /** Address of the database through the proxy. */
  readonly url: string;
  /** How often each fault was seen to strike. */
  readonly struck: Readonly<Record<Fault, number>>;
  /** From now on this share of the commands is struck. */
  strike(share: number): void;
  close(): Promise<void>;
}

export interface FaultOptions {
  readonly port: number;
  readonly database: string;
  /** Share of the commands that is struck, 0 to 1. */
  readonly share: number;
  /** After which the client gives a command up, ms; a blocked one waits longer. */
  readonly timeout: number;
  /** Only by these; by all when absent. */
  readonly kinds?: readonly Fault[];
}

/** Puts a proxy before a server that has its test commands enabled; each command may be struck by one of the faults. */
export const startFaultyMongo = async ({
  port,
  database,
  share: first,
  timeout,
  kinds = faults,
}: FaultOptions): Promise<FaultyMongo> => {
  const client = await MongoClient.connect(`mongodb://127.0.0.1:${port}/?directConnection=true`);
  let share = first;
  const counts = Object.fromEntries(faults.map((fault) => [fault, 0])) as Record<Fault, number>;

  const arm = async (command: string, data: Record<string, unknown>): Promise<Fate> => {
    const failCommand = { configureFailPoint: 'failCommand', mode: { times: 1 } };
    await client.db('admin').command({ ...failCommand, data: { failCommands: [command], ...data } });
    return 'pass';
  };
  const dealt = new Map<Fault, number>();
  const strike = (fault: Fault, command: string): Fate | Promise<Fate> => {
    dealt.set(fault, (dealt.get(fault) ?? 0) + 1);
    switch (fault) {
      case 'cut before':
      case 'cut after':
        counts[fault]++;
        return fault === 'cut before' ? 'cut-before' : 'cut-after';
      case 'not primary':
        return arm(command, { errorCode: NOT_PRIMARY });
      case 'write concern failed':
        return arm(command, { writeConcernError: { code: WRITE_CONCERN_FAILED, errmsg: 'waited too long' } });
      case 'blocked':
        return arm(command, { blockConnection: true, blockTimeMS: 2 * timeout });
    }
  };
  // Whichever fits and was dealt least: if all were drawn alike, a short run could leave out the one for writes.
  const dueFor = (command: string): Fault | undefined =>
    kinds
      .filter((kind) => kind !== 'write concern failed' || writes.has(command))
      .sort((a, b) => (dealt.get(a) ?? 0) - (dealt.get(b) ?? 0))[0];
  const proxy: MongoProxy = await startMongoProxy({
    port,
    judge: async (command) => {
      if (!struck.has(command) || Math.random() >= share) return 'pass';
      const due = dueFor(command);
      return due === undefined ? 'pass' : strike(due, command);
    },
    // What a fail point did shows in the answer.
    onReply: ({ code, hasWriteConcernError }) => {
      if (code === NOT_PRIMARY) counts['not primary']++;
      if (hasWriteConcernError) counts['write concern failed']++;
    },
    onGivenUp: (waited) => {
      if (waited >= timeout - SLACK) counts.blocked++;
    },
  });
  return {
    url: `mongodb://127.0.0.1:${proxy.port}/${database}?directConnection=true&socketTimeoutMS=${timeout}`,
    struck: counts,
    strike: (next) => (share = next),
    close: async () => {
      await proxy.close();
      await client.close();
    },
  };
};
