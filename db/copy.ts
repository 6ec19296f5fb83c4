import { SynergyError } from '../domain/errors.ts';
import { putFact } from './collections.ts';
import { plural } from '../domain/plural.ts';
import { PAGE, linesOf, summarize } from './checksum.ts';
import type { TableSummary } from './checksum.ts';
import { COPY_FACT, markOf, refuseUnfinishedCopy } from './copy-mark.ts';
import { unreadableAdvice, unreadableText } from '../domain/model/unreadable.ts';
import { keyFields, tableNames } from './transfer.ts';
import type { MovableStore, StateRows, StateTransfer, TableName } from './transfer.ts';

/** A store and how people call it; no passwords, since the name is kept and shown. */
export interface NamedStore {
  readonly name: string;
  readonly store: MovableStore;
}

export interface CopyOptions {
  readonly source: NamedStore;
  readonly target: NamedStore;
  /** Go on with an unfinished copy in the target although it was begun from a store of another name. */
  readonly resume: boolean;
  /** Facts, by name, that belong to a place and stay there. */
  readonly isOfPlace: (fact: string) => boolean;
  readonly progress: (progress: CopyProgress) => void;
}

/** `rows` of about `total` rows of a table are done with. */
export interface CopyProgress {
  readonly step: 'copying' | 'verifying';
  readonly table: TableName;
  readonly rows: number;
  readonly total: number;
}

/**
 * Copies the whole state of a store into an empty one, then reads both and compares them. Nothing else may write to
 * either. After an interruption the same call goes on: what is there already is compared, not written again.
 *
 * Returns what both hold. Throws `NOT_FOUND` when there is nothing to copy, `STORE_NOT_EMPTY`, `COPY_UNFINISHED`,
 * `VALUE_UNREADABLE` or, when they are not alike in the end, `COPY_DIFFERS`.
 */
export const copyState = async (options: CopyOptions): Promise<readonly TableSummary[]> => {
  const { source, target, isOfPlace, progress } = options;
  const stays = (fact: string): boolean => fact === COPY_FACT || isOfPlace(fact);
  const from = withoutFacts(source.store.transfer, stays);
  const to = withoutFacts(target.store.transfer, stays);
  await refuseUnfinishedCopy(source.store);
  if ((await firstKey(from)) === undefined) {
    throw new SynergyError('NOT_FOUND', `'${source.name}' has no records to copy: expected another store`);
  }
  await refuseUnreadable(source);
  await checkTarget(options, to);
  await putFact(target.store, COPY_FACT, { from: source.name, finished: false });
  // What a crash left half written is written in full, so that the rows alone tell everything.
  await source.store.repair();
  const totals = await countAll(from);
  for (const table of tableNames) {
    await copyTable(from, to, table, (rows) =>
      progress({ step: 'copying', table, rows, total: totals[table] }),
    );
  }
  const [summaries, copied] = await Promise.all([
    summarize(from),
    summarize(to, (table, rows) => progress({ step: 'verifying', table, rows, total: totals[table] })),
  ]);
  await refuseDifference(options, from, to, { summaries, copied });
  await putFact(target.store, COPY_FACT, { from: source.name, finished: true });
  return summaries;
};

/** The same without the facts that stay where they are. */
const withoutFacts = (transfer: StateTransfer, stays: (fact: string) => boolean): StateTransfer => {
  const isMoving = (table: TableName, row: object): boolean =>
    table !== 'fact' || !stays((row as StateRows['fact']).name);
  async function* pages<T extends TableName>(
    table: T,
    size: number,
  ): AsyncGenerator<StateRows[T][], undefined> {
    for await (const rows of transfer.pages(table, size)) {
      const moving = rows.filter((row) => isMoving(table, row));
      if (moving.length > 0) yield moving;
    }
  }
  return { ...transfer, pages };
};

/** A copy without them would pass for a whole one. */
const refuseUnreadable = async ({ name, store }: NamedStore): Promise<void> => {
  const values = await store.unreadable('all');
  const [first] = values;
  if (first === undefined) return;
  throw new SynergyError(
    'VALUE_UNREADABLE',
    `'${name}' has ${values.length} values that cannot be read back, such as ${unreadableText(first)}: ${unreadableAdvice}`,
  );
};

const checkTarget = async ({ source, target, resume }: CopyOptions, to: StateTransfer): Promise<void> => {
  const mark = await markOf(target.store);
  if (mark?.finished === false) {
    if (mark.from === source.name || resume) return;
    throw new SynergyError(
      'COPY_UNFINISHED',
      `'${target.name}' holds an unfinished copy of '${mark.from}', not of '${source.name}': if that is the same store under another name, add --resume; otherwise empty it or choose another`,
    );
  }
  const key = await firstKey(to);
  if (key === undefined) return;
  const origin = mark === undefined ? '' : ` (copied from '${mark.from}')`;
  throw new SynergyError(
    'STORE_NOT_EMPTY',
    `'${target.name}' has records already${origin}, such as ${key}: expected an empty store, choose another`,
  );
};

/** Key of some row; undefined when there is none. */
const firstKey = async (transfer: StateTransfer): Promise<string | undefined> => {
  for (const table of tableNames) {
    for await (const [row] of transfer.pages(table, 1)) if (row !== undefined) return keyText(table, row);
  }
  return undefined;
};

const countAll = async (transfer: StateTransfer): Promise<Record<TableName, number>> => {
  const counts = await Promise.all(
    tableNames.map(async (table) => [table, await transfer.count(table)] as const),
  );
  return Object.fromEntries(counts) as Record<TableName, number>;
};

const copyTable = async (
  from: StateTransfer,
  to: StateTransfer,
  table: TableName,
  seen: (rows: number) => void,
): Promise<void> => {
  const there = to.pages(table, PAGE);
  let isThere = true;
  let done = 0;
  for await (const rows of from.pages(table, PAGE)) {
    // An interrupted copy left a beginning: what follows the first difference is written without a look.
    isThere &&= linesOf(rows) === linesOf((await there.next()).value ?? []);
    if (!isThere) {
      await there.return(undefined);
      await to.write(table, rows);
    }
    done += rows.length;
    seen(done);
  }
};

const keyText = <T extends TableName>(table: T, row: StateRows[T]): string =>
  `${table} ${keyFields[table].map((field) => String(row[field])).join('/')}`;

/** What two stores were summed up to. */
interface Summed {
  readonly summaries: readonly TableSummary[];
  readonly copied: readonly TableSummary[];
}

const refuseDifference = async (
  { source, target }: CopyOptions,
  from: StateTransfer,
  to: StateTransfer,
  { summaries, copied }: Summed,
): Promise<void> => {
  const differing = summaries.findIndex((summary, i) => summary.checksum !== copied[i]?.checksum);
  const [there, here] = [summaries[differing], copied[differing]];
  if (there === undefined || here === undefined) return;
  const row = await firstDifference(from, to, there.table);
  throw new SynergyError(
    'COPY_DIFFERS',
    `'${target.name}' is not what '${source.name}' is: ${plural(there.rows, 'row')} of ${there.table} became ${here.rows}, the first that differs is ${row}; see that nothing writes to either, empty '${target.name}', then copy again`,
  );
};

/** Key of the first row that one store has and the other has not. */
const firstDifference = async (from: StateTransfer, to: StateTransfer, table: TableName): Promise<string> => {
  const [there, here] = [rowsOf(from, table), rowsOf(to, table)];
  for (;;) {
    const [a, b] = [(await there.next()).value, (await here.next()).value];
    if (a === undefined || b === undefined || linesOf([a]) !== linesOf([b])) {
      const row = a ?? b;
      return row === undefined ? 'gone already' : keyText(table, row);
    }
  }
};

async function* rowsOf<T extends TableName>(
  transfer: StateTransfer,
  table: T,
): AsyncGenerator<StateRows[T], undefined> {
  for await (const rows of transfer.pages(table, PAGE)) yield* rows;
}
