/**
 * Rendezvous hashing (Thaler and Ravishankar, 1998): a key belongs to the box with the highest score for it, so that a box
 * that leaves moves its own keys alone, and gets the same ones back. No ring to keep, and shares that are even but for chance.
 */

/** FNV-1a over the UTF-16 code units of a text, 32 bits. */
const fnv1a = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
};

/** The finalizer of MurmurHash3: each bit that comes in moves half of those that go out. */
const mix = (word: number): number => {
  let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/** Finds the box that a key belongs to; undefined where there is none. Boxes in any order, each once. */
export const createRendezvous = (boxes: readonly string[]): ((key: string) => string | undefined) => {
  // Equal scores go to the first: in the same order everywhere.
  const seeded = [...boxes].sort().map((box) => ({ box, seed: mix(fnv1a(box)) }));
  return (key) => {
    const hash = fnv1a(key);
    let best: string | undefined;
    let highest = -1;
    for (const { box, seed } of seeded) {
      const score = mix(hash ^ seed);
      if (score > highest) [best, highest] = [box, score];
    }
    return best;
  };
};
