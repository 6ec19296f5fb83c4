import type { AuditedRecord } from '../../domain/accounts/record.ts';
import { DAY } from '../../domain/time/calendar.ts';
import { accountSpec, apiTokenSpec, auditSpec, sessionSpec } from '../../db/account-collections.ts';
import type { Collection } from '../../db/collection.ts';
import { pagesOf } from '../../db/collections.ts';
import { sleep } from '../../lib/sleep.ts';
import { createAudited } from './audited.ts';
import type { Audited, AuditedOptions } from './audited.ts';
import type { SessionLimits } from './parts.ts';
import { isOver } from './sessions.ts';

/** Tokens are shown for so long after they ended, ms. */
const TOKENS_SHOWN_FOR = 30 * DAY;

/** Records that are looked at together, and the pause after them, ms: others write meanwhile. */
const PAGE = 100;
const PAUSE = 20;

/** Puts into the audit what a crash left out of it. */
const mendAudit = async ({ rows, keep }: Audited, records: readonly AuditedRecord[]): Promise<void> => {
  const found = await rows.getAll(records.map(({ audit }) => ({ id: audit.id })));
  const known = new Set(found.map(({ id }) => id));
  for (const { audit } of records) if (!known.has(audit.id)) await keep(audit);
};

/** What is deleted of a collection. */
interface Expiry<R> {
  readonly isGone: (record: R) => boolean;
  /** None behind it is. */
  readonly isYoung?: (record: R) => boolean;
  /** Called with each page before. */
  readonly look?: (records: readonly R[]) => Promise<void>;
}

/** Deletes records that are listed by arrival, the oldest first; returns how many. */
const expire = async <R extends { readonly id: string }>(
  records: Pick<Collection<R, 'id'>, 'list' | 'remove'>,
  { isGone, isYoung, look }: Expiry<R>,
  stopping: AbortSignal,
): Promise<number> => {
  let deleted = 0;
  // Behind the last one that stays: nothing is listed behind one that is gone.
  for (let after: R | undefined; !stopping.aborted;) {
    const page = await records.list({ ...(after && { after }), limit: PAGE });
    await look?.(page);
    const gone = page.filter(isGone);
    for (const record of gone) if (await records.remove(record)) deleted++;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE || isYoung?.(last)) break;
    after = page.findLast((record) => !isGone(record)) ?? after;
    await sleep(PAUSE, stopping);
  }
  return deleted;
};

/**
 * Deletes sessions that have ended, tokens that ended 30 days ago, and rows of the audit that are older than `historyTtl`,
 * until none is left or `stopping` aborts. Returns how many of each.
 */
export const expireAccounts = async (
  { store, clock, historyTtl, ...limits }: AuditedOptions & SessionLimits,
  stopping: AbortSignal,
): Promise<{ readonly sessions: number; readonly tokens: number; readonly audit: number }> => {
  const audited = createAudited({ store, clock, historyTtl });
  const look = (records: readonly AuditedRecord[]): Promise<void> => mendAudit(audited, records);
  const now = clock.now();
  for await (const page of pagesOf(store.collection(accountSpec), PAGE)) await look(page);
  const isAgo = (instant: number | null): boolean => instant !== null && instant < now - TOKENS_SHOWN_FOR;
  return {
    sessions: await expire(
      store.collection(sessionSpec),
      { isGone: (session) => session.endedAt !== null || isOver(session, limits, now), look },
      stopping,
    ),
    tokens: await expire(
      store.collection(apiTokenSpec),
      { isGone: ({ expiresAt, revokedAt }) => isAgo(expiresAt) || isAgo(revokedAt), look },
      stopping,
    ),
    audit: await expire(
      store.collection(auditSpec),
      { isGone: ({ at }) => at < now - historyTtl, isYoung: ({ at }) => at >= now - historyTtl },
      stopping,
    ),
  };
};
