import { eventSecretSpec } from '../../db/event-collections.ts';
import type { SecretStore } from '../../db/event-collections.ts';
import type { Clock } from '../../domain/clock.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { ParcelSecrets } from '../../domain/event/envelope.ts';
import { loginPlace, placeText, placesOfTarget, signingAt, signingPlace } from '../../domain/event/secret.ts';
import type { EventSecret, SecretPlace, Unseal } from '../../domain/event/secret.ts';
import {
  hasKeptCredentials,
  takeCredentials,
  userinfoOf,
  withUserinfo,
} from '../../domain/event/target-address.ts';
import type { UrlCredentials } from '../../domain/event/target-address.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import { keyIdOf } from '../../lib/sealing.ts';
import type { Deliveries } from './deliveries.ts';

/** What secrets are read with. */
export interface SecretReaderOptions {
  readonly store: SecretStore;
  readonly clock: Clock;
  readonly unseal: Unseal;
}

/** The secrets of one delivery as they are stored. */
interface Stored {
  readonly trigger: EventTrigger;
  readonly find: (place: SecretPlace) => EventSecret | undefined;
}

/** Throws `SECRET_UNREADABLE` for one that a trigger says to have: it may be that another writer is about to change both. */
const needed = ({ trigger: { owner, id }, find }: Stored, place: SecretPlace): EventSecret => {
  const secret = find(place);
  if (secret !== undefined) return secret;
  throw new SynergyError(
    'SECRET_UNREADABLE',
    `event trigger ${owner}/${id} needs a secret that is not stored, '${place.name}': put it again`,
  );
};

/** Reads the secrets of triggers, all those of one together; of a trigger that has none, nothing is read. */
export const createSecretReader = ({
  store,
  clock,
  unseal,
}: SecretReaderOptions): Deliveries['secretsOf'] => {
  const secrets = store.collection(eventSecretSpec);
  const signingOf = async (stored: Stored): Promise<string[]> => {
    const { trigger } = stored;
    if (trigger.secret === null) return [];
    const place = signingPlace(trigger);
    const sealed = signingAt(needed(stored, place), clock.now());
    return Promise.all(sealed.map((text) => unseal(text, place)));
  };
  const credentialsOf = async (stored: Stored): Promise<UrlCredentials | undefined> => {
    const { url } = stored.trigger.target;
    const userinfo = userinfoOf(url) ?? '';
    const place = loginPlace(stored.trigger, url);
    // A target that is only tested is not stored: its name and password are sealed where they stand.
    const sealed = hasKeptCredentials(url) ? needed(stored, place).sealed : userinfo;
    if (keyIdOf(sealed) === undefined) return undefined;
    return takeCredentials(withUserinfo(url, await unseal(sealed, place))).credentials;
  };
  // One that is not there is told of by the name of its header.
  const namedOf = async ({ trigger, find }: Stored): Promise<ParcelSecrets['named']> => {
    const places = placesOfTarget(trigger).filter(({ id }) => id === '');
    const found = places.flatMap((place) => find(place) ?? []);
    const texts = await Promise.all(
      found.map(async (secret) => [secret.name, await unseal(secret.sealed, secret)] as const),
    );
    return Object.fromEntries(texts);
  };
  return async (trigger) => {
    const places = [...placesOfTarget(trigger), ...(trigger.secret === null ? [] : [signingPlace(trigger)])];
    const found = places.length === 0 ? [] : await secrets.getAll(places);
    const byPlace = new Map(found.map((secret) => [placeText(secret), secret]));
    const stored = { trigger, find: (place: SecretPlace) => byPlace.get(placeText(place)) };
    return {
      signing: await signingOf(stored),
      named: await namedOf(stored),
      credentials: await credentialsOf(stored),
    };
  };
};
