/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** In [low, high). */
  between(low: number, high: number): number;
  /** A whole number in [0, bound). */
  below(bound: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** Numbers of its own, by the name: however many are drawn there, these here stay the same. */
  fork(name: string): Random;
}

/** FNV-1a. */
export const hashText = (text: string, start = 0x811c9dc5): number => {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

/** sfc32 of PractRand, by Chris Doty-Humphrey: 128 bits of state, here from a seed of 32. */
export const createRandom = (seed: number): Random => {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, seed | 0, 1];
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  // The seed reaches all of the state within these.
  for (let round = 0; round < 12; round++) next();
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    below,
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly [T, ...T[]]) => items[below(items.length)] as T,
    fork: (name) => createRandom(hashText(name, seed >>> 0)),
  };
};
