/** Borders and padding that a table has around each of its columns, and the border at its end. */
const AROUND = 3;
const END = 1;

/** No column gets narrower than this, whatever the terminal. */
const NARROWEST = 6;

/** A line in lines of no more than `width` characters: broken at spaces, and within a word that is longer. */
const wrapLine = (line: string, width: number): string => {
  const lines = [''];
  for (const word of line.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else {
      const parts = word.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''];
      lines.splice(last === '' ? -1 : lines.length, 1, ...parts);
    }
  }
  return lines.join('\n');
};

const longestOf = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));

/** Makes the widest columns narrower, none more than to its floor, until a table of `columns` characters holds them. */
const narrow = (widths: readonly number[], floors: readonly number[], columns: number): number[] => {
  const fitting = [...widths];
  let excess = END + fitting.reduce((sum, width) => sum + width + AROUND, 0) - columns;
  for (; excess > 0; excess--) {
    const widest = Math.max(...fitting.filter((width, i) => width > (floors[i] ?? 0)));
    const i = fitting.findIndex((width, at) => width === widest && width > (floors[at] ?? 0));
    if (i < 0) break;
    fitting[i] = widest - 1;
  }
  return fitting;
};

/**
 * The cells of a table, rows of equal length, with line breaks that let it fit into `columns` characters. A word, which
 * may be an id to copy, is broken only when breaks between words do not suffice.
 */
export const wrapCells = (rows: readonly (readonly string[])[], columns: number): string[][] => {
  const longest = (separator: RegExp): number[] =>
    (rows[0] ?? []).map((_, i) => longestOf(rows.flatMap((row) => (row[i] ?? '').split(separator))));
  const words = longest(/\s/);
  const between = narrow(longest(/\n/), words, columns);
  const widths = narrow(
    between,
    words.map(() => NARROWEST),
    columns,
  );
  const wrap = (cell: string, i: number): string =>
    cell
      .split('\n')
      .map((line) => (line.length <= (widths[i] ?? 0) ? line : wrapLine(line, widths[i] ?? 0)))
      .join('\n');
  return rows.map((row) => row.map(wrap));
};
