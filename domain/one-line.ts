const LONGEST_LINE = 1000;

/** First line with something on it, clipped: what stands in a record as the reason of a failure. */
export const oneLine = (text: string): string =>
  (/[^\r\n]*\S[^\r\n]*/.exec(text)?.[0] ?? 'no reason given').slice(0, LONGEST_LINE);
