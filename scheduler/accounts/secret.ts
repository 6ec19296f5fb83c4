import { createHash } from 'node:crypto';

/** Where secrets come from: so many random bytes. */
export type RandomSource = (bytes: number) => Buffer;

const SECRET = /^[\w-]{43}$/;
const TOKEN_PREFIX = 'syn_';

/** A secret of 256 bits, 43 characters of base64url. */
export const newSecret = (random: RandomSource): string => random(32).toString('base64url');

export const newToken = (random: RandomSource): string => TOKEN_PREFIX + newSecret(random);

/** How a secret of 256 bits is kept, and what its record is known by: without a salt, since none can be guessed. */
export const keptSecret = (secret: string): { readonly id: string; readonly hash: string } => {
  const hash = createHash('sha256').update(secret).digest('hex');
  return { id: hash.slice(0, 20), hash };
};

export const isSecret = (text: string): boolean => SECRET.test(text);

export const isToken = (text: string): boolean =>
  text.startsWith(TOKEN_PREFIX) && isSecret(text.slice(TOKEN_PREFIX.length));
