import { inspect } from 'node:util';
import { oneLine } from '../../domain/one-line.ts';

/** What was thrown, in one line. */
export const errorLine = (thrown: unknown): string =>
  oneLine(thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : inspect(thrown));

/** All there is to say about what was thrown: stack, causes, properties. */
export const errorStack = (thrown: unknown): string => inspect(thrown);
