import { inspect } from 'node:util';

const LONGEST_LINE = 1000;

/** First line with something on it, clipped. */
export const oneLine = (text: string): string =>
  (/[^\r\n]*\S[^\r\n]*/.exec(text)?.[0] ?? 'no reason given').slice(0, LONGEST_LINE);

/** What was thrown, in one line. */
export const errorLine = (thrown: unknown): string =>
  oneLine(thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : inspect(thrown));

/** All there is to say about what was thrown: stack, causes, properties. */
export const errorStack = (thrown: unknown): string => inspect(thrown);
