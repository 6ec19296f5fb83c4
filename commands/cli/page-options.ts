import type { Command } from 'commander';
import { z } from 'zod';
import { print, printJson } from '../../lib/terminal/output.ts';
import { fieldOption } from './field-option.ts';
import { limitOption } from './limit-option.ts';

/** What every command is told that lists what there may be many of. */
export interface PageOptions {
  readonly limit: number;
  readonly json?: true;
}

/** The cursor of a list whose items have sequence numbers. */
export const sequenceCursor = z.coerce
  .number()
  .int()
  .min(1)
  .describe('those behind the one of this sequence number');

/** Adds the options of a page; `cursor` reads what tells an item, which has the form `form`. */
export const addPageOptions = (command: Command, form: string, cursor: z.ZodType): Command =>
  command
    .addOption(fieldOption(`--after <${form}>`, cursor))
    .addOption(limitOption())
    .option('--json', 'print JSON');

/**
 * Prints a page that was read with one item more than asked for: as JSON, or as `table` does, with how to go on. Tells
 * whether there is more.
 */
export const printPage = async <T>(
  found: readonly T[],
  { limit, json }: PageOptions,
  {
    table,
    cursorOf,
  }: { table: (items: readonly T[]) => Promise<void>; cursorOf: (item: T) => string | number },
): Promise<boolean> => {
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  if (json) printJson(items);
  else await table(items);
  if (!json && last !== undefined)
    print(`there are more: the same with --after '${cursorOf(last)}' goes on behind these`);
  return last !== undefined;
};
