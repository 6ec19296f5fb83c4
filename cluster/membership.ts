import type { Member } from '../domain/cluster/member.ts';

/** Told the members whenever these, or the facts of one, are others than before. */
export type MembersListener = (members: readonly Member[]) => void;

/**
 * Who seems to be there. A hint that may be wrong at any time: what must be right is decided by the store. A server that is
 * away makes nothing here wait or fail but `refresh`.
 */
export interface Membership {
  /** Name of the driver. */
  readonly name: string;
  /**
   * Has others see this process from now on, until `leave`; again with the same id when its facts have changed. Resolves
   * when the first try is over; when that failed, it is tried on.
   */
  join(self: Member): Promise<void>;
  /** In order: others know it at once, or when its time-out is over where they cannot be told. Does not reject. */
  leave(): Promise<void>;
  /**
   * The latest view, by id. Who could not renew for the time-out is out, by its own monotonic clock from the moment at which
   * the last renewal was sent: this process then misses itself here, before any other one does. A view that could not be
   * renewed for as long holds no others.
   */
  members(): readonly Member[];
  /** A view not older than the call. Rejects with what the driver throws. */
  refresh(): Promise<readonly Member[]>;
  /** Calls back on changes; returns what ends it. */
  watch(onChange: MembersListener): () => void;
  /** Leaves, and closes the driver. */
  close(): Promise<void>;
}
