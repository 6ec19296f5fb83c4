import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { commandSpec, freerunSpec, managedSpec } from '../../../db/collections.ts';
import { fuzzedContext, changes, harmless } from './fuzz-requests.ts';
import type { FuzzedRequest } from './fuzz-requests.ts';
import { serve } from './served.ts';
import type { Served } from './served.ts';

/** Requests of one part: those of a part all change nothing, or may. */
const PER_PART = 500;
const AT_ONCE = 16;
/** An answer that takes longer hangs. Milliseconds. */
const PATIENCE = 10_000;

/** What was sent, and how often each status came back. */
export interface Fuzzed {
  readonly requests: number;
  readonly statuses: Readonly<Record<number, number>>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const send = (url: string, agent: Agent, { method, path, headers, body }: FuzzedRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method, path, headers, agent, timeout: PATIENCE }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const type = response.headers['content-type'] ?? '';
        resolve({ status: response.statusCode ?? 0, type, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(body);
  });

const check = (asked: FuzzedRequest, { status, type, text }: Answer): void => {
  const what = `${asked.method} ${asked.path.slice(0, 300)} ${Buffer.from(asked.body ?? [])
    .toString()
    .slice(0, 500)}`;
  assert.ok(status < 500, `${status} for ${what}: ${text.slice(0, 300)}`);
  if (status < 400 || !asked.path.startsWith('/api/') || asked.method === 'HEAD') return;
  assert.match(type, /^application\/problem\+json/, what);
  assert.equal((JSON.parse(text) as { status: number }).status, status, what);
};

/** All that a request could change. */
const stateOf = async ({ rig }: Served): Promise<string> => {
  await rig.quiet();
  const { store } = rig;
  const [last] = await store.journal({ limit: 1 });
  const lists = await Promise.all([
    store.collection(commandSpec).list(),
    store.collection(freerunSpec).list(),
    store.collection(managedSpec).list(),
    store.findUows({}),
    store.rejectedReports(1000),
  ]);
  return JSON.stringify([last, lists]);
};

/** Rows of the journal by users that no command explains. */
const unexplained = async ({ rig }: Served, after: number): Promise<unknown[]> => {
  await rig.quiet();
  const { store } = rig;
  const commands = await store.collection(commandSpec).list();
  const reasons = new Set(commands.map(({ reason }) => reason));
  const rows = await store.journal({ after, limit: 100_000 });
  return rows.filter(({ actor, reason }) => actor.startsWith('user ') && !reasons.has(reason));
};

const sendAll = async (
  served: Served,
  { asked, count }: { asked: readonly FuzzedRequest[]; count: (status: number) => void },
): Promise<void> => {
  // Connections that idle between two parts may be closed just as they are used again.
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const left = asked.values();
  let failure: Error | undefined;
  const lane = async (): Promise<void> => {
    try {
      for (const one of left) {
        if (failure !== undefined) return;
        const answer = await send(served.mx.url, agent, one);
        check(one, answer);
        count(answer.status);
      }
    } catch (error) {
      // The other lanes end what they are at: a request whose connection is taken away may never hear of it.
      failure ??= error as Error;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  agent.destroy();
  if (failure !== undefined) throw failure;
};

/** Sends requests made from the table of routes to a real scheduler, and holds every answer, and what is stored, to what they must be. */
export const fuzz = async (given: {
  requests: number;
  seed: number;
  onPart?: (requests: number) => void;
}): Promise<Fuzzed> => {
  const served = await serve(undefined, fuzzedContext());
  const statuses: Record<number, number> = {};
  const count = (status: number): void => void (statuses[status] = (statuses[status] ?? 0) + 1);
  let requests = 0;
  try {
    await served.rig.tick('SiteHourly');
    await served.rig.tick('Outside');
    for (let part = 0; requests < given.requests; part++, requests += PER_PART) {
      given.onPart?.(requests);
      const options = { numRuns: PER_PART, seed: given.seed + part };
      const isHarmless = part % 2 === 0;
      const asked = fc.sample(isHarmless ? harmless : changes, options);
      if (isHarmless) {
        const before = await stateOf(served);
        await sendAll(served, { asked, count });
        assert.equal(await stateOf(served), before, 'reads and garbage change nothing');
        continue;
      }
      const after = (await served.rig.store.journal({ limit: 1 }))[0]?.sequence ?? 0;
      await sendAll(served, { asked, count });
      assert.deepEqual(await unexplained(served, after), []);
    }
    const health = await served.ask('/health');
    assert.equal(health.status, 200);
    return { requests, statuses };
  } finally {
    await served.close();
  }
};
