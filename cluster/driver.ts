import type { Member } from '../domain/cluster/member.ts';

/** What a driver is told of the cluster that its members are of. */
export interface ClusterOptions {
  /** Name of the cluster, any text: members of other clusters on the same server are never seen. */
  readonly cluster: string;
  /** How long a member is seen that does not renew, ms. */
  readonly timeout: number;
}

/**
 * What a kind of server does for membership, and no more: when to beat, to list and to try again, and who is out, is decided
 * once for all in `keep-membership.ts`. It is made without asking the server, which may be away. Every call rejects when the
 * server cannot be reached, soon enough that the next one can be on time.
 */
export interface MembershipDriver {
  /** Also how a setting names it. */
  readonly name: string;
  /** The shortest time-out that its server can keep, ms. */
  readonly leastTimeout: number;
  /** Has others see this member until the time-out; makes anew what the server has lost. */
  beat(self: Member): Promise<void>;
  /** Others no longer see it, at once. It may be on record no more, or never have been. */
  leave(self: Member): Promise<void>;
  /** Members whose time is not over, each once, in any order. */
  list(): Promise<readonly Member[]>;
  /** Calls back when something may have changed, where the server tells; returns what ends it. Tries on by itself when it is cut. */
  watch?(onChange: () => void): () => void;
  /** Ends what is open. Calls under way may reject. */
  close(): Promise<void>;
}
