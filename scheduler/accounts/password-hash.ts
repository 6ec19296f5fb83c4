import { scrypt, timingSafeEqual } from 'node:crypto';
import { comparablePassword } from '../../domain/accounts/password.ts';
import type { RandomSource } from './secret.ts';

/** Parameters of scrypt: N is 2 to the power of `ln`. */
export interface ScryptCost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MB and about a tenth of a second; of OWASP's choices the one with p 1 above its least memory. */
export const scryptCost: ScryptCost = { ln: 15, r: 8, p: 1 };

const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** Each takes a thread of Node's pool and its memory for as long as it lasts. */
const AT_ONCE = 2;
/** Beyond so many that wait, more are turned away: they would wait longer than a person does. */
const MOST_WAITING = 32;

/** What a password was compared with. */
export type Comparison = 'right' | 'outdated' | 'wrong' | 'busy';

const derive = (password: string, salt: Buffer, { ln, r, p }: ScryptCost): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N: 2 ** ln, r, p, maxmem: 256 * 2 ** ln * r };
    scrypt(comparablePassword(password), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });

/** In the format of PHC: `$scrypt$ln=15,r=8,p=1$salt$hash`. */
const writeHash = ({ ln, r, p }: ScryptCost, salt: Buffer, key: Buffer): string =>
  `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;

const readHash = (text: string) => {
  const [, ln, r, p, salt, key] = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(text) ?? [];
  if (salt === undefined || key === undefined) throw new Error('a stored password hash cannot be read');
  const cost: ScryptCost = { ln: Number(ln), r: Number(r), p: Number(p) };
  return { cost, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') };
};

/** Runs so many at a time; undefined for those that there is no room to let wait for. */
const createTurnstile = () => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    if (waiting.length >= MOST_WAITING) return undefined;
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
};

/** Hashes of passwords by scrypt, at this cost. */
export const createPasswordHashes = (random: RandomSource, cost: ScryptCost) => {
  const turnstile = createTurnstile();
  // What no password is compared with: it costs the same time.
  const nothing = { cost, salt: random(SALT_BYTES), key: random(KEY_BYTES) };
  return {
    hash: async (password: string): Promise<string> => {
      const salt = random(SALT_BYTES);
      return writeHash(cost, salt, await derive(password, salt, cost));
    },
    /** `stored`: null for an account that has none, or that there is not. `outdated`: right, of an earlier cost. */
    compare: async (stored: string | null, password: string): Promise<Comparison> => {
      const known = stored === null ? nothing : readHash(stored);
      const key = await turnstile(() => derive(password, known.salt, known.cost));
      if (key === undefined) return 'busy';
      if (!timingSafeEqual(key, known.key) || stored === null) return 'wrong';
      return known.cost.ln < cost.ln || known.cost.r < cost.r || known.cost.p < cost.p ? 'outdated' : 'right';
    },
  };
};

export type PasswordHashes = ReturnType<typeof createPasswordHashes>;
