import { eventSecretSpec } from '../../db/event-collections.ts';
import type { SecretStore } from '../../db/event-collections.ts';
import type { Cause } from '../../db/store.ts';
import { SynergyError } from '../../domain/errors.ts';
import {
  fingerprintOf,
  loginPlace,
  namedPlace,
  placeText,
  placesOfTarget,
  putSecret,
  rotateSecret,
  signingPlace,
} from '../../domain/event/secret.ts';
import type { EventSecret, SecretPlace } from '../../domain/event/secret.ts';
import { hasKeptCredentials } from '../../domain/event/target-address.ts';
import { signTrigger } from '../../domain/event/trigger.ts';
import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { CommandOf } from '../commands/command-table.ts';
import { answerOf, change, existing, find, keyOf } from './change-trigger.ts';
import type { TriggerServices } from './change-trigger.ts';

const secretsIn = (store: SecretStore) => store.collection(eventSecretSpec);

/** Secrets that are stored, by their places as texts. */
export type KeptSecrets = ReadonlyMap<string, EventSecret>;

/** Those of the places given that are stored, read at once. */
export const keptSecrets = async (
  store: SecretStore,
  places: readonly SecretPlace[],
): Promise<KeptSecrets> => {
  if (places.length === 0) return new Map();
  const found = await secretsIn(store).getAll(places);
  return new Map(found.map((secret) => [placeText(secret), secret]));
};

/** What a user says of a trigger, and the sealed name and password that stood in the address of its target. */
export interface SecretInput extends TriggerKey, Pick<EventTrigger, 'target'> {
  readonly login: string | undefined;
}

/** Whether the name and password of a target are others than those that are kept. */
export const hasNewLogin = (input: SecretInput, kept: KeptSecrets): boolean =>
  input.login !== undefined &&
  kept.get(placeText(loginPlace(input, input.target.url)))?.sealed !== input.login;

/** Throws INVALID_TARGET for a secret that a target needs and that is not kept. */
export const checkSecrets = (input: SecretInput, kept: KeptSecrets): void => {
  for (const place of placesOfTarget(input)) {
    const isGiven = place.id !== '' && input.login !== undefined;
    if (isGiven || kept.has(placeText(place))) continue;
    throw new SynergyError(
      'INVALID_TARGET',
      place.id === ''
        ? `target, headers: there is no secret '${place.name}' of ${place.owner}: expected one that is stored, see 'synergy trigger put-secret'`
        : `target, url '${input.target.url}': no name and password are kept for this scheme and host: expected them in place of ***`,
    );
  }
};

/** Keeps a new name and password of a target. */
export const keepLogin = async (
  store: SecretStore,
  input: SecretInput,
  { kept, at }: { readonly kept: KeptSecrets; readonly at: number },
): Promise<void> => {
  if (input.login === undefined || !hasNewLogin(input, kept)) return;
  const place = loginPlace(input, input.target.url);
  const secret = putSecret(kept.get(placeText(place)), { place, sealed: input.login }, at);
  await secretsIn(store).put(secret);
};

/** Forgets the name and password of the target that a trigger had before, unless it has the same still. */
export const dropLogin = async (
  store: SecretStore,
  before: EventTrigger | undefined,
  after: EventTrigger,
): Promise<void> => {
  if (before === undefined || !hasKeptCredentials(before.target.url)) return;
  const place = loginPlace(before, before.target.url);
  const isNeeded = placesOfTarget(after).some((needed) => placeText(needed) === placeText(place));
  if (!isNeeded) await secretsIn(store).remove(place);
};

/** Deletes the secrets of a trigger. */
export const removeSecrets = async (store: SecretStore, { owner, id }: TriggerKey): Promise<void> => {
  const secrets = secretsIn(store);
  for (const secret of await secrets.list({ where: { owner, id } })) await secrets.remove(secret);
};

/** Has a secret sign the messages of a trigger. Throws NOT_FOUND. */
export const rotate = async (
  services: TriggerServices,
  request: CommandOf<'rotate-secret'>,
  { at }: Cause,
): Promise<JsonObject> => {
  const { store } = services.shared;
  const key = keyOf(request);
  const trigger = existing(key, await find(store, key));
  const [place, sealed] = [signingPlace(key), request.secret];
  const known = (await keptSecrets(store, [place])).get(placeText(place));
  const next = rotateSecret(known, { place, sealed }, at);
  // First the secret: a trigger that is to be signed and cannot be is not delivered.
  if (next !== known) await secretsIn(store).put(next);
  const fingerprint = fingerprintOf(sealed);
  const signed = (before: EventTrigger | undefined) => signTrigger(existing(key, before), fingerprint, at);
  return { ...answerOf(await change(services, key, signed, trigger)), fingerprint };
};

/** Has no secret sign the messages of a trigger any more, and forgets those that did. Throws NOT_FOUND. */
export const unsign = async (
  services: TriggerServices,
  request: CommandOf<'unsign-trigger'>,
  { at }: Cause,
): Promise<JsonObject> => {
  const key = keyOf(request);
  const next = await change(services, key, (known) => signTrigger(existing(key, known), null, at));
  // First the trigger: one that is to be signed and cannot be is not delivered.
  await secretsIn(services.shared.store).remove(signingPlace(key));
  return answerOf(next);
};

/** Stores a secret that headers may name, or changes it. */
export const put = async (
  { shared: { store } }: TriggerServices,
  { owner, secretName, value: sealed }: CommandOf<'put-secret'>,
  { at }: Cause,
): Promise<JsonObject> => {
  const place = namedPlace(owner, secretName);
  const known = (await keptSecrets(store, [place])).get(placeText(place));
  const changed = known?.sealed !== sealed;
  if (changed) await secretsIn(store).put(putSecret(known, { place, sealed }, at));
  return { secret: secretName, changed, fingerprint: fingerprintOf(sealed) };
};

/** Deletes a secret that headers may name. Throws NOT_FOUND. */
export const remove = async (
  { shared: { store } }: TriggerServices,
  { owner, secretName }: CommandOf<'remove-secret'>,
): Promise<JsonObject> => {
  if (await secretsIn(store).remove(namedPlace(owner, secretName))) return { removed: secretName };
  throw new SynergyError('NOT_FOUND', `${owner} has no secret '${secretName}'`);
};
