import { createHash } from 'node:crypto';
import { tableNames } from './transfer.ts';
import type { StateTransfer, TableName } from './transfer.ts';

/** Rows that are held at a time: memory stays bounded, however many there are. */
export const PAGE = 1000;

/** What a table holds, in short. */
export interface TableSummary {
  readonly table: TableName;
  readonly rows: number;
  /** SHA-256 over the lines of all rows in the order of the table, hexadecimal. */
  readonly checksum: string;
}

/** A value whose maps have their members in the order of the names. */
const ordered = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]));
};

/**
 * Rows of one table as text, the same for equal rows: a line of JSON each, an array of the fields in the order of
 * their names. A NUL reads as its picture, since some stores cannot keep it.
 */
export const linesOf = (rows: readonly object[]): string => {
  const names = Object.keys(rows[0] ?? {}).sort();
  const line = (row: object): string => {
    const fields = row as Readonly<Record<string, unknown>>;
    return `${JSON.stringify(names.map((name) => ordered(fields[name])))}\n`;
  };
  return rows.map(line).join('').replaceAll('\\u0000', '\u2400');
};

/** Counts the rows of every table and sums them up. `seen` hears of every page. */
export const summarize = async (
  transfer: StateTransfer,
  seen: (table: TableName, rows: number) => void = () => undefined,
): Promise<TableSummary[]> => {
  const summaries: TableSummary[] = [];
  for (const table of tableNames) {
    const hash = createHash('sha256');
    let count = 0;
    for await (const rows of transfer.pages(table, PAGE)) {
      hash.update(linesOf(rows));
      count += rows.length;
      seen(table, count);
    }
    summaries.push({ table, rows: count, checksum: hash.digest('hex') });
  }
  return summaries;
};
