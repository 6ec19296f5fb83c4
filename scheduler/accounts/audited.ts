import type { AuditEvent, AuditRecord, AuditedRecord } from '../../domain/accounts/record.ts';
import type { Clock } from '../../domain/clock.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { Collection } from '../../db/collection.ts';
import { auditSpec } from '../../db/account-collections.ts';
import type { Store } from '../../db/store.ts';
import type { Author } from './api.ts';

/** What the audit tells besides the instant. */
export interface Told {
  readonly event: AuditEvent;
  readonly by: Author;
  /** Name of the account that it is about. */
  readonly subject: string | null;
  readonly detail?: JsonObject;
}

export interface AuditedOptions {
  readonly store: Pick<Store, 'collection'>;
  readonly clock: Clock;
  /** Rows of the audit are kept for so long, ms. */
  readonly historyTtl: number;
}

/** A record with its collection and what it is known by there. */
interface Place<R extends object, K extends keyof R> {
  readonly collection: Collection<R, K>;
  readonly key: Pick<R, K>;
  /** Names the record in ids of the audit. */
  readonly name: string;
}

const createAudit = ({ store, clock, historyTtl }: AuditedOptions) => {
  const rows = store.collection(auditSpec);
  return {
    rows,
    rowOf: (id: string, { event, by, subject, detail = {} }: Told): AuditRecord => ({
      ...{ id, at: clock.now(), actor: by.actor, event, subject, address: by.address ?? null, detail },
    }),
    /** Unless it is as old as rows that are deleted. */
    keep: async (row: AuditRecord): Promise<void> => {
      if (clock.now() - row.at < historyTtl) await rows.insertNew(row);
    },
  };
};

/**
 * Writes records with the row of the audit that tells of it, and then that row: one that a crash left out is found in the
 * record, by the change after it or by housekeeping.
 */
export const createAudited = (options: AuditedOptions) => {
  const { rows, rowOf, keep } = createAudit(options);
  return {
    rows,
    keep,
    /** A row that is about no record. */
    note: (id: string, told: Told): Promise<void> => keep(rowOf(id, told)),
    /** False when there is a record of this key. */
    insert: async <R extends AuditedRecord, K extends keyof R>(
      { collection, name }: Place<R, K>,
      record: Omit<R, keyof AuditedRecord>,
      told: Told,
    ): Promise<boolean> => {
      const audit = rowOf(`${name} 1`, told);
      const isNew = await collection.insertNew({ ...record, version: 1, audit } as unknown as R);
      if (isNew) await keep(audit);
      return isNew;
    },
    /** Answers the record as it is now; undefined, and nothing was done, when it is not at the version of `before` any more. */
    change: async <R extends AuditedRecord, K extends keyof R>(
      { collection, key, name }: Place<R, K>,
      before: R,
      { set, told }: { readonly set: Partial<R>; readonly told?: Told },
    ): Promise<R | undefined> => {
      await keep(before.audit);
      const version = before.version + 1;
      const audit = told === undefined ? before.audit : rowOf(`${name} ${version}`, told);
      const written = { ...set, version, audit };
      const expected = { version: before.version } as Partial<R>;
      if (!(await collection.compareAndSet(key, expected, written))) return undefined;
      await keep(audit);
      return { ...before, ...written };
    },
  };
};

export type Audited = ReturnType<typeof createAudited>;
