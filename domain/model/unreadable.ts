import { SynergyError } from '../errors.ts';

/**
 * Which values are looked at: all of them, or those alone that a scheduler decides by: entries, facts, open commands and
 * units of work that have not ended. The latter takes no walk through all that is stored.
 */
export type UnreadableScope = 'open' | 'all';

/** A stored JSON value that its store cannot read back: malformed, or nested deeper than `jsonLimits.stored`. */
export interface UnreadableValue {
  readonly table: string;
  /** Values of the key of its row, such as the id of a command. */
  readonly key: readonly (string | number)[];
  readonly column: string;
}

/** What became of unreadable values: a line for each, and the file that keeps their texts, when there were any. */
export interface SetAside {
  readonly file: string | undefined;
  readonly done: readonly string[];
}

/** Names the value, to follow a verb or to begin a line. */
export const unreadableText = ({ table, key, column }: UnreadableValue): string =>
  `${column} of ${table} ${key.join(' ')}`;

/** What to do about it. */
export const unreadableAdvice = `run 'synergy stop', then 'synergy db check --repair'`;

/** `what` names the value that was asked for. */
export const unreadableError = (what: string, cause?: unknown): SynergyError =>
  new SynergyError('VALUE_UNREADABLE', `${what} cannot be read back: ${unreadableAdvice}`, { cause });
