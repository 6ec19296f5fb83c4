import { getFact, putFact } from '../../db/collections.ts';
import type { Store } from '../../db/store.ts';
import type { Json } from '../../domain/model/process.ts';
import { addSample, growthPerDay } from '../../domain/store-size.ts';
import type { SizeSample, StoreSize } from '../../domain/store-size.ts';
import type { SchedulerContext } from '../context.ts';
import { noneIfUnreadable } from './housekeeping.ts';

/** Fact with the samples of the last days; it is of no use to a copy. */
export const SIZE_FACT = 'store-size';

/** How large a store is, and by how many bytes it grows a day; null until that is known. */
export interface StoreGrowth extends StoreSize {
  readonly growthPerDay: number | null;
}

const samplesOf = async (store: Store): Promise<readonly SizeSample[]> =>
  ((await getFact(store, SIZE_FACT).catch(noneIfUnreadable)) ?? []) as unknown as SizeSample[];

/** Keeps the size of the store once a day; returns it in bytes. */
export const sampleSize = async ({
  store,
  clock,
}: Pick<SchedulerContext, 'store' | 'clock'>): Promise<number> => {
  const { bytes } = await store.size();
  const samples = addSample(await samplesOf(store), { at: clock.now(), bytes });
  await putFact(store, SIZE_FACT, samples as unknown as Json);
  return bytes;
};

/** Reads how large the store is now, and how it grows. */
export const readGrowth = async (store: Store, now: number): Promise<StoreGrowth> => {
  const [size, samples] = await Promise.all([store.size(), samplesOf(store)]);
  return { ...size, growthPerDay: growthPerDay(samples, { at: now, bytes: size.bytes }) };
};
