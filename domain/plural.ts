/** A count with its noun: `1 restart`, `2 restarts`, `3 processes`. `count` is a number, or that number as it is shown. */
export const plural = (count: number | string, one: string, many = `${one}s`): string =>
  `${count} ${String(count) === '1' ? one : many}`;
