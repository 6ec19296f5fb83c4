import type { JobRecord, LogRecord, TransitionRecord, UowRecord } from '../domain/model/record.ts';
import type { AnySpec, CollectionSpec } from './collection.ts';
import { movingCollections } from './collections.ts';
import type { Cause, RejectedReport, SinkDocument, SourceRow, Store } from './store.ts';
import type { SetAside } from '../domain/model/unreadable.ts';

/** Where a row stands among those that were inserted: rising, with gaps. "Newest first" goes by it. */
interface Placed {
  readonly position: number;
}

/** In which collection of the data store a row is. */
interface Collected {
  readonly collection: string;
}

/** The tables that adapters make by hand. */
interface OwnRows {
  readonly job: JobRecord;
  /** `epoch`: of the scheduler that last changed the unit; claims and reports are journaled under it. */
  readonly unit_of_work: UowRecord & Placed & { readonly epoch: number };
  readonly transition: TransitionRecord;
  readonly rejected_report: RejectedReport & Placed;
  readonly log_record: LogRecord;
  readonly source_row: SourceRow & Collected;
  readonly watermark: Collected & { readonly instant: number };
  readonly sink_document: SinkDocument & Collected;
}

/** Records of a collection, with their place where they are listed by arrival. */
type CollectionRow<S> =
  S extends CollectionSpec<infer R, infer K>
    ? R & Pick<R, K> & (S extends { byArrival: true } ? Placed : unknown)
    : never;

type CollectionRowsByName = {
  readonly [N in keyof typeof movingCollections]: CollectionRow<(typeof movingCollections)[N]>;
};

/**
 * The state of a store, table by table: all that has to move with it. Boxes stay behind, since process ids mean
 * nothing elsewhere; locks and messages do too, since the collector rings for what waits.
 */
export type StateRows = OwnRows & CollectionRowsByName;

export type OwnTable = keyof OwnRows;

export type CollectionTable = keyof typeof movingCollections;

export type TableName = OwnTable | CollectionTable;

export const isCollectionTable = (table: TableName): table is CollectionTable =>
  Object.hasOwn(movingCollections, table);

const collectionKeys = Object.fromEntries(
  Object.values<AnySpec>(movingCollections).map(({ name, key, byArrival }) => [
    name,
    byArrival ? ['position'] : key,
  ]),
) as unknown as { readonly [T in CollectionTable]: readonly (keyof StateRows[T] & string)[] };

/** Fields that tell the rows of a table apart, and whose order is the order of the table; texts by their UTF-8 bytes. */
export const keyFields: { readonly [T in TableName]: readonly (keyof StateRows[T] & string)[] } = {
  job: ['processName', 'timeperiod'],
  unit_of_work: ['position'],
  transition: ['sequence'],
  rejected_report: ['position'],
  log_record: ['parentId', 'sequence', 'attempt'],
  ...collectionKeys,
  source_row: ['collection', 'id'],
  watermark: ['collection'],
  sink_document: ['collection', 'timeperiod', 'key'],
};

export const tableNames = Object.keys(keyFields) as readonly TableName[];

/** The latest epoch in rows; 0 when they are of a table without: a scheduler to come must begin a later one. */
export const latestEpochIn = (rows: readonly StateRows[TableName][]): number =>
  rows.reduce((latest, row) => ('epoch' in row ? Math.max(latest, row.epoch) : latest), 0);

/** A store's state as plain rows, the same in every adapter, for moving it elsewhere while nothing else writes. */
export interface StateTransfer<N extends TableName = TableName> {
  /** Number of rows; may be an estimate. */
  count(table: N): Promise<number>;
  /** All rows in the order of the table, in pages of `size` rows, of which the last one may have less. */
  pages<T extends N>(table: T, size: number): AsyncGenerator<StateRows[T][], undefined>;
  /** Puts rows, in place of those that have their keys: to put them twice is to put them once. */
  write<T extends N>(table: T, rows: readonly StateRows[T][]): Promise<void>;
}

/** A store that can be moved; services need not know. */
export interface MovableStore extends Store {
  /**
   * Puts nothing, or an empty value, in place of every value that cannot be read back, switches entries off that had
   * one, and removes facts, rows and documents. The texts are kept in a file beside the store before, named by the
   * instant of the cause. For a store at rest.
   */
  setUnreadableAside(cause: Cause): Promise<SetAside>;
  readonly transfer: StateTransfer;
}
