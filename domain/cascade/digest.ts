const FNV_PRIME = 0x100000001b3n;
const FNV_OFFSET = 0xcbf29ce484222325n;
const MASK = 0xffffffffffffffffn;

/**
 * FNV-1a, 64 bits, of a JSON value, as 16 hexadecimal digits. It tells two plans apart; it protects nothing
 * (http://www.isthe.com/chongo/tech/comp/fnv/).
 */
export const digest = (value: unknown): string => {
  let hash = FNV_OFFSET;
  for (const character of JSON.stringify(value)) {
    hash ^= BigInt(character.codePointAt(0) as number);
    hash = (hash * FNV_PRIME) & MASK;
  }
  return hash.toString(16).padStart(16, '0');
};
