import { AS_OF, HOUR } from './synergy.ts';
import { startModule } from './child.ts';

/** Hours before `AS_OF` that are unfinished in every tree of a made-up store. */
export const OPEN_HOURS = 42;

/** Sizes of a made-up store: how long its twenty trees reach back. */
export const spans = {
  /** 10,120 nodes. */
  small: AS_OF - 20 * 24 * HOUR,
  /** 1,006,020 nodes. */
  large: Date.UTC(2020, 6),
} as const;

export type Size = keyof typeof spans;

/** Fills an empty data folder as if its trees had run for long; resolves with the number of job records. */
export const makeStore = async (dataDir: string, size: Size): Promise<number> => {
  const part = await startModule('parts/seed.ts', [dataDir, spans[size]]);
  try {
    return (await part.message()) as number;
  } finally {
    await part.end();
  }
};
