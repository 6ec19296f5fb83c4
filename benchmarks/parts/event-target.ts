import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { wallClock } from '../support/child.ts';
import type { Arrival } from '../support/event-target.ts';

// The target of deliveries: answers every POST with 204, and a GET with what has come so far; a DELETE forgets it.

interface Seen {
  readonly planned: string;
  readonly at: number;
}

let seen: Seen[] = [];
const arrivals = (): readonly Arrival[] => seen.map(({ planned, at }) => [Date.parse(planned), at]);

const server = createServer((request, response) => {
  const at = wallClock();
  request.resume();
  if (request.method === 'POST') {
    seen.push({ planned: String(request.headers['synergy-time']), at });
    response.writeHead(204).end();
  } else if (request.url === '/count') response.end(String(seen.length));
  else {
    response.end(JSON.stringify(arrivals()));
    seen = [];
  }
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('SIGTERM', () => process.exit(0));
