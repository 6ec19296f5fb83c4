import type { CommandStore } from '../../db/collections.ts';
import { commandSpec, listCommands } from '../../db/collections.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import type { CommandFilter } from './api.ts';

/** The error of a page that is to go on behind something that there is not: no row would look like the end of the list. */
export const unknownCursor = (what: string, id: string): SynergyError =>
  new SynergyError(
    'INVALID_ARGUMENT',
    `no ${what} is named '${id}': expected the id of the last one seen, to go on behind it`,
  );

/** A page of commands, newest first unless asked otherwise. */
export const readCommands = async (
  store: CommandStore,
  limit: number,
  filter: CommandFilter = {},
): Promise<readonly CommandRecord[]> => {
  const found = await listCommands(store, { ...filter, limit });
  const { after } = filter;
  if (
    found.length === 0 &&
    after !== undefined &&
    (await store.collection(commandSpec).get({ id: after })) === undefined
  )
    throw unknownCursor('command', after);
  return found;
};
