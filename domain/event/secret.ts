import { digest } from '../cascade/digest.ts';
import { hasKeptCredentials, loginAt } from './target-address.ts';
import { secretsOf } from './target.ts';
import type { EventTrigger, TriggerKey } from './trigger.ts';

/** Where a secret belongs: it is sealed for this place, and opened in no other. */
export interface SecretPlace {
  /** Account that it belongs to. */
  readonly owner: string;
  /** Id of its event trigger; empty for one that headers of all triggers of the owner may name. */
  readonly id: string;
  readonly name: string;
}

/** A secret that signed before, sealed, and until when, ms, it signs beside the one that took its place. */
export interface FormerSecret {
  readonly sealed: string;
  readonly until: number;
}

/** A secret of event triggers. Instants in ms. */
export interface EventSecret extends SecretPlace {
  readonly sealed: string;
  readonly former: readonly FormerSecret[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Seals a text for a place; the same text of the same place comes out the same. Rejects with `SECRET_UNREADABLE`. */
export type Seal = (text: string, place: SecretPlace) => Promise<string>;

/** Opens what was sealed for a place. Rejects with `SECRET_UNREADABLE`. */
export type Unseal = (sealed: string, place: SecretPlace) => Promise<string>;

/** How long a signing secret signs beside the one that takes its place, ms. */
export const ROTATION = 86_400_000;

/** By what users tell secrets apart that they are not shown. */
export const fingerprintOf = (sealed: string): string => digest(sealed);

/** The secret that signs the messages of a trigger. */
export const signingPlace = ({ owner, id }: TriggerKey): SecretPlace => ({ owner, id, name: 'signing' });

/** Name and password that stood in the address of a target: another host and another scheme are another place. */
export const loginPlace = ({ owner, id }: TriggerKey, url: string): SecretPlace => ({
  ...{ owner, id },
  name: `login ${loginAt(url)}`,
});

/** A secret that headers may name. */
export const namedPlace = (owner: string, name: string): SecretPlace => ({ owner, id: '', name });

/** Places of the secrets that the target of a trigger needs: what its headers name, and what stood in its address. */
export const placesOfTarget = (trigger: TriggerKey & Pick<EventTrigger, 'target'>): SecretPlace[] => [
  ...secretsOf(trigger.target).map((name) => namedPlace(trigger.owner, name)),
  ...(hasKeptCredentials(trigger.target.url) ? [loginPlace(trigger, trigger.target.url)] : []),
];

/** A place as a text, for maps. */
export const placeText = ({ owner, id, name }: SecretPlace): string => [owner, id, name].join('/');

/** A secret that a user puts, new or in place of the known one. */
export const putSecret = (
  known: EventSecret | undefined,
  { place, sealed }: { readonly place: SecretPlace; readonly sealed: string },
  now: number,
): EventSecret => ({
  ...{ owner: place.owner, id: place.id, name: place.name, sealed, former: [] },
  ...{ createdAt: known?.createdAt ?? now, updatedAt: now },
});

/**
 * A signing secret that takes the place of the known one, which goes on signing beside it for `ROTATION`, and so do those
 * before that have not come to their end. The same one again changes nothing.
 */
export const rotateSecret = (
  known: EventSecret | undefined,
  given: { readonly place: SecretPlace; readonly sealed: string },
  now: number,
): EventSecret => {
  if (known?.sealed === given.sealed) return known;
  const before =
    known === undefined ? [] : [...known.former, { sealed: known.sealed, until: now + ROTATION }];
  return { ...putSecret(known, given, now), former: before.filter(({ until }) => until > now) };
};

/** Sealed secrets that sign at an instant, the newest first. */
export const signingAt = ({ sealed, former }: EventSecret, now: number): string[] => [
  sealed,
  ...former
    .filter(({ until }) => until > now)
    .map((one) => one.sealed)
    .reverse(),
];
