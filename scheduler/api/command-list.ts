import type { CommandQuery, CommandStore } from '../../db/collections.ts';
import { commandSpec, listCommands } from '../../db/collections.ts';
import { isWithin } from '../../domain/key-range.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import type { CommandFilter } from './api.ts';

/** The error of a page that is to go on behind something that there is not: no row would look like the end of the list. */
export const unknownCursor = (what: string, id: string): SynergyError =>
  new SynergyError(
    'INVALID_ARGUMENT',
    `no ${what} is named '${id}': expected the id of the last one seen, to go on behind it`,
  );

/** A page of commands, newest first unless asked otherwise, without those about what has its key in the ranges `except`. */
export const readCommands = async (
  store: CommandStore,
  { after, ...filter }: CommandFilter & Pick<CommandQuery, 'except' | 'limit'>,
): Promise<readonly CommandRecord[]> => {
  if (after === undefined) return listCommands(store, filter);
  const last = await store.collection(commandSpec).get({ id: after });
  if (last === undefined || isWithin(filter.except ?? [], last.entity ?? ''))
    throw unknownCursor('command', after);
  return listCommands(store, { ...filter, after });
};
