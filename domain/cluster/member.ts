/** What a member tells of itself; whoever reads it decides nothing by it that the store decides. */
export interface MemberFacts {
  /** Version of the product; `UNTOLD` of a service that others do not hear. */
  readonly version: string;
  /** Which service it is: scheduler, worker, event-worker. */
  readonly service: string;
  /** Digest of the context that it has loaded; undefined of one that loads none. */
  readonly context?: string;
  /** Of a scheduler: whether it leads, or stands by. */
  readonly leads?: boolean;
  /** Names of the processes that it serves. */
  readonly processes?: readonly string[];
}

export const UNTOLD = 'unknown';

/** A running process of ours, as others see it. */
export interface Member {
  /** See `memberId`: new with every start. */
  readonly id: string;
  readonly box: string;
  readonly does: 'schedule' | 'work';
  /** Instant of its start by its own clock, ms: for people. */
  readonly since: number;
  readonly facts: MemberFacts;
}

/** Id of a member; `start` tells this start of the service from every other one on its box. */
export const memberId = (box: string, service: string, start: string): string => `${box}/${service}/${start}`;

/** Orders members by id, by code units: every process gets the same order. */
export const byMemberId = (a: Pick<Member, 'id'>, b: Pick<Member, 'id'>): number =>
  a.id < b.id ? -1 : Number(a.id > b.id);

/** Who seems to be there, for people: by id. */
export interface ClusterView {
  readonly name: string;
  /** By what members see each other. */
  readonly driver: string;
  readonly members: readonly Member[];
}
