import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { openClients } from '../support/mx-clients.ts';
import type { ClientKind } from '../support/mx-clients.ts';
import { ownRun } from '../support/own-run.ts';

const CLIENTS = 300;
const CONCURRENCY = 2_000;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

const rateWith = async (jobs: number, kind: ClientKind | undefined): Promise<number> => {
  const port = await freePort();
  const clients = kind === undefined ? undefined : openClients(kind, CLIENTS, port);
  const { rate } = await ownRun({ jobs, concurrency: CONCURRENCY, args: ['--mx-port', String(port)] });
  const open = await clients?.stop();
  if (open !== undefined && open < CLIENTS)
    throw new Error(`expected ${CLIENTS} clients at once, had ${open}`);
  return rate;
};

const run = async ({ quick, say }: Surroundings): Promise<readonly Figure[]> => {
  const jobs = quick ? 20_000 : 100_000;
  const rounds = quick ? 1 : 5;
  const rates: Record<'none' | ClientKind, number[]> = { none: [], listening: [], slow: [] };
  const kinds = ['none', 'listening', 'slow'] as const;
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 === 0 ? kinds : kinds.toReversed())
      rates[kind].push(await rateWith(jobs, kind === 'none' ? undefined : kind));
    say(
      `round ${round + 1} of ${rounds}: ${kinds.map((kind) => `${kind} ${rates[kind].at(-1)?.toFixed(0)}`).join(', ')}`,
    );
  }
  const figure = (name: string, kind: ClientKind, atLeast: number): Figure => ({
    name,
    value: median(rates[kind].map((rate, round) => rate / (rates.none[round] ?? NaN))),
    unit: 'x',
    durability: 'FULL (SQLite)',
    how: `${jobs.toLocaleString('en')} jobs, median of ${rounds} rounds; clients on the same machine, whose own work counts`,
    target: { atLeast },
  });
  return [
    figure(`lifecycles with ${CLIENTS} clients of the live stream / without`, 'listening', 0.95),
    figure(`lifecycles with ${CLIENTS} clients that send a head without an end / without`, 'slow', 0.97),
  ];
};

export const clients: Measure = {
  name: 'clients',
  summary: 'what clients of the live stream, and slow ones, cost lifecycles',
  run,
};
