import type { Store } from '../db/store.ts';
import { concerns } from '../domain/model/entity.ts';
import type { CommandRecord } from '../domain/model/record.ts';
import type { CommandFilter } from './api.ts';

/** Commands looked through for those that a filter lets pass. */
const LOOKED_THROUGH = 10_000;

/** The latest commands, newest first. */
export const readCommands = async (
  store: Pick<Store, 'commands'>,
  limit: number,
  { entity, kind }: CommandFilter = {},
): Promise<readonly CommandRecord[]> => {
  if (entity === undefined && kind === undefined) return store.commands({ limit });
  const all = await store.commands({ limit: LOOKED_THROUGH });
  return all
    .filter((command) => kind === undefined || command.kind === kind)
    .filter((command) => entity === undefined || concerns(command, entity))
    .slice(0, limit);
};
