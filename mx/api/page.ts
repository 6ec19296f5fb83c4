/** One row more than asked for tells whether there is a next page, whose cursor is that of the last row shown. */
export const pageOf = <T>(rows: readonly T[], size: number, cursor: (row: T) => string | number): object => {
  const items = rows.slice(0, size);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > size && last !== undefined ? String(cursor(last)) : null };
};
