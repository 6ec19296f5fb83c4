/** What a heap orders: by instant, and what has the same by the order of its coming. */
export interface Placed {
  readonly at: number;
  readonly order: number;
}

const isBefore = (a: Placed, b: Placed): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap: the first one out is the earliest. */
export class Heap<T extends Placed> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    const items = this.#items;
    let child = items.push(item) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!isBefore(item, items[parent] as T)) break;
      items[child] = items[parent] as T;
      child = parent;
    }
    items[child] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let parent = 0;
    for (let child = 1; child < items.length; child = 2 * parent + 1) {
      const right = child + 1;
      if (right < items.length && isBefore(items[right] as T, items[child] as T)) child = right;
      if (!isBefore(items[child] as T, last)) break;
      items[parent] = items[child] as T;
      parent = child;
    }
    items[parent] = last;
    return first;
  }
}
