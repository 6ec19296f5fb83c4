import { createHash } from 'node:crypto';
import { tableNames } from './transfer.ts';
import type { StateRows, StateTransfer, TableName } from './transfer.ts';

/** Rows that are read at a time: memory stays bounded, however many there are. */
const PAGE = 500;

/** What a table holds, in short. */
export interface TableSummary {
  readonly table: TableName;
  readonly rows: number;
  /** SHA-256 over the rows in the order of the table, a line of canonical JSON each; hexadecimal. */
  readonly checksum: string;
}

/**
 * JSON text that is the same for equal values, whatever the order of their members. A NUL in a text reads as its
 * picture, since some stores cannot keep it.
 */
export const canonical = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.replaceAll('\0', '\u2400'));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
};

/** The rows of a table in its order, page by page. */
export async function* pagesOf<T extends TableName>(
  transfer: StateTransfer,
  table: T,
): AsyncGenerator<StateRows[T][]> {
  let rows = await transfer.read(table, undefined, PAGE);
  while (rows.length > 0) {
    yield rows;
    rows = await transfer.read(table, rows.at(-1), PAGE);
  }
}

/** Counts the rows of every table and sums them up. `seen` hears of every page. */
export const summarize = async (
  transfer: StateTransfer,
  seen: (table: TableName, rows: number) => void = () => undefined,
): Promise<TableSummary[]> => {
  const summaries: TableSummary[] = [];
  for (const table of tableNames) {
    const hash = createHash('sha256');
    let count = 0;
    for await (const rows of pagesOf(transfer, table)) {
      for (const row of rows) hash.update(`${canonical(row)}\n`);
      count += rows.length;
      seen(table, count);
    }
    summaries.push({ table, rows: count, checksum: hash.digest('hex') });
  }
  return summaries;
};
