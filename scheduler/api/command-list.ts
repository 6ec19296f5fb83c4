import type { CommandStore } from '../../db/collections.ts';
import { commandSpec, listCommands } from '../../db/collections.ts';
import { SynergyError } from '../../domain/errors.ts';
import { concerns } from '../../domain/model/entity.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import type { CommandFilter } from './api.ts';

/** The error of a page that is to go on behind something that there is not: no row would look like the end of the list. */
export const unknownCursor = (what: string, id: string): SynergyError =>
  new SynergyError(
    'INVALID_ARGUMENT',
    `no ${what} is named '${id}': expected the id of the last one seen, to go on behind it`,
  );

/** Commands looked through for those that a filter lets pass. */
const LOOKED_THROUGH = 10_000;

/** The latest commands, or those before one, newest first. */
export const readCommands = async (
  store: CommandStore,
  limit: number,
  { entity, kind, ...page }: CommandFilter = {},
): Promise<readonly CommandRecord[]> => {
  const isOpen = entity === undefined && kind === undefined;
  const all = await listCommands(store, { ...page, limit: isOpen ? limit : LOOKED_THROUGH });
  if (
    all.length === 0 &&
    page.after !== undefined &&
    (await store.collection(commandSpec).get({ id: page.after })) === undefined
  )
    throw unknownCursor('command', page.after);
  return all
    .filter((command) => kind === undefined || command.kind === kind)
    .filter((command) => entity === undefined || concerns(command, entity))
    .slice(0, limit);
};
