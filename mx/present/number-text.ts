const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `12,345`. */
export const countText = (count: number): string => grouped.format(count);

/** `1 job`, `12,345 jobs`. */
export const countOf = (count: number, noun: string, plural = `${noun}s`): string =>
  `${countText(count)} ${count === 1 ? noun : plural}`;
