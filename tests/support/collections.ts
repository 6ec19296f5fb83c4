import type { Collection, CollectionSpec } from '../../db/collection.ts';
import { createCollections } from '../../db/collection-rows.ts';
import type { CollectionRows } from '../../db/collection-rows.ts';
import type { Store } from '../../db/store.ts';
import { createRowServer } from '../../simulation/store/collection-rows.ts';
import { createMemory } from '../../simulation/store/memory.ts';
import type { Memory } from '../../simulation/store/memory.ts';

type Collections = Pick<Store, 'collection'>;

/** Collections in memory. `answer` may keep calls waiting, or fail them. */
export const memoryCollections = (
  answer: (work: () => unknown) => Promise<unknown> = (work) => Promise.resolve(work()),
  memory: Memory = createMemory(),
): Collections =>
  createCollections((spec) => {
    const server = Object.entries<(...parameters: never[]) => unknown>(createRowServer(memory, spec));
    return Object.fromEntries(
      server.map(([name, method]) => [name, (...parameters: never[]) => answer(() => method(...parameters))]),
    ) as unknown as CollectionRows;
  });

/** The same collections, of which one has other methods. */
export const withMethods = <R extends object, K extends keyof R & string>(
  { collection }: Collections,
  { name }: CollectionSpec<R, K>,
  methods: Partial<Collection<R, K>>,
): Collections => ({
  collection: (spec) =>
    spec.name === name ? { ...collection(spec), ...(methods as object) } : collection(spec),
});
