const WORD = 5;
const MASK = 31;

const wordsFor = (bits: number): number => Math.max(1, (bits + MASK) >>> WORD);

const popcount = (word: number): number => {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/** Bits from `from` upwards, within a word; `from` is 0..31. */
const upwards = (from: number): number => (-1 << from) >>> 0;

/**
 * A set of whole numbers 0..capacity-1 in order, as a bitmap of bitmaps: a word above says which words below
 * hold anything. Finding the next member costs the height (at most four steps up and three down for a
 * million), whatever lies between, and there are 129 bytes to a thousand numbers. This is what lets a tick
 * follow active jobs and not history.
 */
export class IndexSet {
  /** `#floors[0]` holds the members, each floor above one bit a word of the floor below. */
  #floors: Uint32Array[] = [];
  #size = 0;

  constructor(capacity = 0) {
    this.reserve(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Makes room for members below `capacity`; keeps what is there. */
  reserve(capacity: number): void {
    let bits = capacity;
    for (let floor = 0; ; floor++) {
      const words = wordsFor(bits);
      const old = this.#floors[floor];
      if (old === undefined || old.length < words) {
        const wider = new Uint32Array(words);
        if (old !== undefined) wider.set(old);
        // The old top floor is a single word, the first of its floor.
        else if (this.#size > 0) wider[0] = 1;
        this.#floors[floor] = wider;
      }
      if (words === 1) return;
      bits = words;
    }
  }

  #word(floor: number): Uint32Array {
    return this.#floors[floor] as Uint32Array;
  }

  has(member: number): boolean {
    return (((this.#floors[0]?.[member >>> WORD] ?? 0) >>> (member & MASK)) & 1) === 1;
  }

  /** `member` is below the capacity. */
  add(member: number): void {
    if (this.has(member)) return;
    this.#size++;
    let index = member;
    for (const floor of this.#floors) {
      const before = floor[index >>> WORD] ?? 0;
      floor[index >>> WORD] = before | (1 << (index & MASK));
      if (before !== 0) return;
      index >>>= WORD;
    }
  }

  delete(member: number): void {
    if (!this.has(member)) return;
    this.#size--;
    let index = member;
    for (const floor of this.#floors) {
      const after = (floor[index >>> WORD] ?? 0) & ~(1 << (index & MASK));
      floor[index >>> WORD] = after;
      if (after !== 0) return;
      index >>>= WORD;
    }
  }

  /** Adds all of `[from, to)`, which lies below the capacity, a word at a time. */
  addRange(from: number, to: number): void {
    if (to <= from) return;
    let start = from;
    let end = to;
    this.#size += to - from - this.count(from, to);
    for (const floor of this.#floors) {
      for (let word = start >>> WORD; word << WORD < end; word++) {
        const low = Math.max(start - (word << WORD), 0);
        const high = Math.min(end - (word << WORD), MASK + 1);
        const bits = high === MASK + 1 ? upwards(low) : upwards(low) & ~upwards(high);
        floor[word] = (floor[word] ?? 0) | bits;
      }
      start >>>= WORD;
      end = ((end - 1) >>> WORD) + 1;
    }
  }

  /** The smallest member that is at least `from`; -1 when there is none. */
  next(from: number): number {
    let index = Math.max(0, from);
    for (let floor = 0; floor < this.#floors.length; floor++) {
      const word = this.#word(floor)[index >>> WORD];
      if (word === undefined) return -1;
      const rest = (word & upwards(index & MASK)) >>> 0;
      if (rest !== 0) return this.#descend(floor, ((index >>> WORD) << WORD) + 31 - Math.clz32(rest & -rest));
      index = (index >>> WORD) + 1;
    }
    return -1;
  }

  #descend(floor: number, index: number): number {
    let found = index;
    for (let below = floor - 1; below >= 0; below--) {
      const word = this.#word(below)[found] as number;
      found = (found << WORD) + 31 - Math.clz32(word & -word);
    }
    return found;
  }

  /** How many members lie in `[from, to)`, whatever lies beyond either end. */
  count(from: number, to: number): number {
    const words = this.#word(0);
    const start = Math.max(0, from);
    const end = Math.min(to, words.length << WORD);
    if (end <= start) return 0;
    const last = (end - 1) >>> WORD;
    let total = 0;
    for (let i = start >>> WORD; i <= last; i++) {
      let word = words[i] as number;
      if (i === start >>> WORD) word &= upwards(start & MASK);
      if (i === last && (end & MASK) !== 0) word &= ~upwards(end & MASK);
      total += popcount(word);
    }
    return total;
  }

  /** Members of `[from, to)` in order. */
  *between(from: number, to: number): Generator<number> {
    for (let member = this.next(from); member !== -1 && member < to; member = this.next(member + 1))
      yield member;
  }
}
