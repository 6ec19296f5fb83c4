/** Prints a line on standard output. */
export const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
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
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  print(table.toString());
};

/** An instant for people, to the second, UTC; a dash for none. */
export const instantText = (at: number | null | undefined): string =>
  at === null || at === undefined ? '-' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
