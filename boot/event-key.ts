import { randomBytes, randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventSecretSpec } from '../db/event-collections.ts';
import type { SecretStore } from '../db/event-collections.ts';
import { SynergyError } from '../domain/errors.ts';
import { placeText } from '../domain/event/secret.ts';
import type { Seal, SecretPlace, Unseal } from '../domain/event/secret.ts';
import { PRIVATE_FILE } from '../lib/os/private-folder.ts';
import { createSealing, keyIdOf } from '../lib/sealing.ts';
import type { Sealing } from '../lib/sealing.ts';
import type { Settings } from '../settings.ts';

/** Of the data folder. */
const FILE = 'event.key';
const KEY_BYTES = 32;

/** Seals and opens secrets of event triggers. */
export interface EventKey {
  readonly seal: Seal;
  readonly unseal: Unseal;
}

const refuse = (message: string): SynergyError => new SynergyError('SECRET_UNREADABLE', message);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

const readKey = async (path: string): Promise<string | undefined> => {
  try {
    const key = (await readFile(path, 'utf8')).trim();
    if (key !== '') return key;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw refuse(`the key of the secrets of event triggers, '${path}', cannot be read (${codeOf(error)})`);
  }
  throw refuse(`the key of the secrets of event triggers, '${path}', is empty: put it back from a backup`);
};

/** Puts a key in its place, whole, unless another process was faster. */
const makeKey = async (path: string): Promise<void> => {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, {
      mode: PRIVATE_FILE,
      flag: 'wx',
    });
    await link(draft, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw refuse(`the key of the secrets of event triggers cannot be made, '${path}' (${codeOf(error)})`);
  } finally {
    await rm(draft, { force: true });
  }
};

const nameOf = ({ owner, id, name }: SecretPlace): string =>
  id === '' ? `secret '${name}' of ${owner}` : `${name.split(' ')[0]} secret of event trigger ${owner}/${id}`;

/** What keeps a secret from being opened, for people. */
const whyShut = (sealed: string, place: SecretPlace, { id }: Sealing): string => {
  const other = keyIdOf(sealed);
  return other === undefined || other === id
    ? `the ${nameOf(place)} is not as it was sealed, or was sealed for another place: put it again`
    : `the ${nameOf(place)} was sealed under the key ${other}, and this box has ${id}: give all boxes the same 'eventKey', or put the secret again`;
};

/**
 * The key of the settings, or that of the data folder, which is made when the first secret is sealed: not while secrets are
 * there already, which were sealed under another key then.
 */
export const openEventKey = (
  { dataDir, eventKey }: Pick<Settings, 'dataDir' | 'eventKey'>,
  store: SecretStore,
): EventKey => {
  const path = join(dataDir, FILE);
  let known = eventKey === undefined ? undefined : createSealing(eventKey);
  const missing = (): SynergyError =>
    refuse(
      `the key of the secrets of event triggers is not there: put '${path}' back, from a backup or from the box that made it, or set 'eventKey'`,
    );
  const find = async (): Promise<Sealing | undefined> => {
    const key = known === undefined ? await readKey(path) : undefined;
    return (known ??= key === undefined ? undefined : createSealing(key));
  };
  const findOrMake = async (): Promise<Sealing> => {
    const found = await find();
    if (found !== undefined) return found;
    if ((await store.collection(eventSecretSpec).list({ limit: 1 })).length > 0) throw missing();
    await makeKey(path);
    const made = await find();
    if (made === undefined) throw missing();
    return made;
  };
  return {
    seal: async (text, place) => (await findOrMake()).seal(text, placeText(place)),
    unseal: async (sealed, place) => {
      const sealing = await find();
      if (sealing === undefined) throw missing();
      const text = sealing.open(sealed, placeText(place));
      if (text === undefined) throw refuse(whyShut(sealed, place, sealing));
      return text;
    },
  };
};
