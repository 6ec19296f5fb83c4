import { wrapCells } from './wrap-cells.ts';

/** Where text goes: to a terminal or not. */
interface Outlet {
  readonly isTTY?: boolean;
}

/** C0 and C1 control characters and delete; tab and newline only move on. */
const control = /[^\P{Cc}\t\n]/gu;

/**
 * A text for an outlet. A terminal obeys control characters, and the text may come from anywhere: there they are written
 * as JSON writes them (`\u001b`), so that JSON stays JSON. Files and pipes get what was given.
 */
export const shownOn = ({ isTTY }: Outlet, text: string): string =>
  isTTY === true
    ? text.replace(control, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : text;

/** Prints a line on standard output. */
export const print = (line: string): void => {
  process.stdout.write(`${shownOn(process.stdout, line)}\n`);
};

/** Prints a line on standard error. */
export const printError = (line: string): void => {
  process.stderr.write(`${shownOn(process.stderr, line)}\n`);
};

/** Prints data for programs. */
export const printJson = (data: unknown): void => print(JSON.stringify(data, null, 2));

/** Prints a table for people; `nothing` stands for one without rows. */
export const printTable = async (
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  nothing = 'nothing to show',
): Promise<void> => {
  if (rows.length === 0) {
    print(nothing);
    return;
  }
  const { default: Table } = await import('cli-table3');
  // Before the columns are measured.
  const cells = [head, ...rows].map((row) => row.map((cell) => shownOn(process.stdout, String(cell))));
  // 0 or nothing where the width is not known: files, pipes, some terminals.
  const [fittingHead = [], ...fittingRows] = wrapCells(cells, process.stdout.columns || Infinity);
  const table = new Table({ head: fittingHead, style: { head: [], border: [], compact: true } });
  table.push(...fittingRows);
  print(table.toString());
};

/** An instant for people, to the second, UTC; a dash for none. */
export const instantText = (at: number | null | undefined): string =>
  at === null || at === undefined ? '-' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
