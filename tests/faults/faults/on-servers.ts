import type { Fault, Form } from '../fault.ts';
import { floods } from '../logs.ts';
import type { World } from '../world.ts';

/** From the healing of a server to everything moving again, ms. */
const BOUND = 30_000;
/** Lines of a kind that an outage may have in the log. */
const MOST_LINES = 12;
/** Time in which what is cut is to be cut, and what is up again to be used again, ms. */
export const SOON = 30_000;

/** What the faults of servers have alike. */
export const onServers = {
  on: ['servers'],
  bound: BOUND,
  work: (form: Form) => ({ days: form === 'short' ? 2 : 20 }),
  verify: (world: World, injections: readonly unknown[]): Promise<readonly string[]> =>
    Promise.resolve(floods(world, MOST_LINES * injections.length)),
} as const satisfies Partial<Fault>;

/** A server that goes away and comes back. */
export interface Outage<Server> {
  readonly name: string;
  readonly what: string;
  readonly times: Fault['times'];
  /** How long it is away, ms. */
  readonly away: Readonly<Record<Form, number>>;
  readonly end: (server: Server) => Promise<void>;
}
