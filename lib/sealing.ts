import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

/** Seals texts under one key, each for a place; see `createSealing`. */
export interface Sealing {
  /** Tells keys apart, and tells nothing of them. */
  readonly id: string;
  readonly seal: (text: string, place: string) => string;
  /** Undefined for a text that was not sealed under this key for this place. */
  readonly open: (sealed: string, place: string) => string | undefined;
}

const CIPHER = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;
const MARK = 'sealed';

const derived = (key: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', purpose, 32));

/** Id of the key that a text was sealed under; undefined for any other text. */
export const keyIdOf = (sealed: string): string | undefined =>
  /^sealed\.([\da-f]{8})\.[\w-]+$/.exec(sealed)?.[1];

/**
 * AES-256-GCM, with the place as associated data: what was sealed for one place is nothing in another. The nonce is a MAC of
 * place and text, under a key of its own, as in SIV (RFC 5297): the same text of the same place seals alike, so that a command
 * that is repeated is known for the same, and no nonce serves two texts. What is sealed may stand in the address of a user
 * in a URL.
 */
export const createSealing = (key: string): Sealing => {
  const cipherKey = derived(key, 'synergy event secrets, cipher');
  const nonceKey = derived(key, 'synergy event secrets, nonce');
  const id = derived(key, 'synergy event secrets, id').toString('hex').slice(0, 8);
  return {
    id,
    seal: (text, place) => {
      const nonce = createHmac('sha256', nonceKey)
        .update(JSON.stringify([place, text]))
        .digest()
        .subarray(0, NONCE);
      const cipher = createCipheriv(CIPHER, cipherKey, nonce).setAAD(Buffer.from(place));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return [MARK, id, Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')].join('.');
    },
    open: (sealed, place) => {
      const bytes = Buffer.from(sealed.split('.')[2] ?? '', 'base64url');
      if (keyIdOf(sealed) !== id || bytes.length < NONCE + TAG) return undefined;
      const decipher = createDecipheriv(CIPHER, cipherKey, bytes.subarray(0, NONCE))
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
      try {
        return decipher.update(bytes.subarray(NONCE + TAG), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  };
};
