import { eventSecretSpec } from '../../db/event-collections.ts';
import type { SecretStore } from '../../db/event-collections.ts';
import { fingerprintOf } from '../../domain/event/secret.ts';

/** A secret that headers of event triggers may name, without what it is. Instants in ms. */
export interface SecretView {
  readonly owner: string;
  readonly name: string;
  readonly fingerprint: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Secrets of an account in the order of their names, behind the name `after`. */
export interface SecretPage {
  readonly owner: string;
  readonly after?: string;
  readonly limit: number;
}

/** Secrets as they are told of; `store` is that of one request. */
export const secretReads = (store: SecretStore) => ({
  secrets: async ({ owner, after, limit }: SecretPage): Promise<readonly SecretView[]> => {
    const place = { owner, id: '' };
    const behind = after === undefined ? {} : { after: { ...place, name: after } };
    const found = await store.collection(eventSecretSpec).list({ where: place, limit, ...behind });
    return found.map(({ name, sealed, createdAt, updatedAt }) => ({
      ...{ owner, name, fingerprint: fingerprintOf(sealed), createdAt, updatedAt },
    }));
  },
});
