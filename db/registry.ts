import type { Clock } from '../domain/clock.ts';
import { SynergyError } from '../domain/errors.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { redactUrl } from '../domain/redact-url.ts';
import { shareConnection } from '../sqlite/connection.ts';
import { createEmbeddedStore } from './embedded/store.ts';
import type { MovableStore } from './transfer.ts';

export interface StoreOptions {
  /** Folder of this installation's files; made when it does not exist. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** ms that a lock lasts whose holder does not renew it, where locks do not end with their process. */
  readonly lockTerm?: number;
}

/** Loaded when it is asked for: the driver takes as long to load as the embedded store takes to start. */
const openMongo = async (url: string, { lockTerm }: StoreOptions): Promise<MovableStore> => {
  const { openMongoStore } = await import('./mongo/store.ts');
  return await openMongoStore(url, lockTerm === undefined ? {} : { lockTerm });
};

/** How each adapter opens what a setting names; the key is the setting, or its part before `://`. */
const adapters: Readonly<Record<string, (url: string, options: StoreOptions) => Promise<MovableStore>>> = {
  embedded: async (_, { dataDir }) => createEmbeddedStore(await shareConnection(dataDir)),
  mongodb: openMongo,
  'mongodb+srv': openMongo,
};

/** Opens the store that a setting names, `embedded` or `mongodb://host/database`. Throws `INVALID_SETTING` for an unknown name. */
export const openStore = async (url: string, options: StoreOptions): Promise<MovableStore> => {
  const [name = ''] = url.split('://');
  const open = Object.hasOwn(adapters, name) ? adapters[name] : undefined;
  if (open !== undefined) return await open(url, options);
  const known = Object.keys(adapters);
  throw new SynergyError(
    'INVALID_SETTING',
    `store '${redactUrl(url)}' is unknown: expected one of ${known.join(', ')}${didYouMean(name, known)}`,
  );
};
