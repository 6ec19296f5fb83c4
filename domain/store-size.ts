import { bytesText } from './bytes-text.ts';
import { DAY } from './time/calendar.ts';

/** How large a store is, on its disk or its server's. */
export interface StoreSize {
  readonly bytes: number;
  /** Of them free for what comes next; null where the store does not tell. */
  readonly freeBytes: number | null;
}

/** What a store held at an instant, ms. */
export interface SizeSample extends Pick<StoreSize, 'bytes'> {
  readonly at: number;
}

/** Samples that are kept: a week, and the day it began. */
const KEPT = 8;

/** The samples with a new one, when it is the first of its day in UTC; the oldest first. */
export const addSample = (samples: readonly SizeSample[], sample: SizeSample): readonly SizeSample[] => {
  // Those of a clock that was ahead would be the newest for as long.
  const past = samples.filter(({ at }) => at <= sample.at);
  const isFirst = past.every(({ at }) => Math.floor(at / DAY) < Math.floor(sample.at / DAY));
  return isFirst ? [...past, sample].slice(-KEPT) : past;
};

/** Bytes by which a store has grown a day since the oldest sample; null until one is a day old. */
export const growthPerDay = (samples: readonly SizeSample[], now: SizeSample): number | null => {
  const oldest = samples.find(({ at }) => at <= now.at - DAY);
  return oldest === undefined ? null : ((now.bytes - oldest.bytes) * DAY) / (now.at - oldest.at);
};

/** `grows by 3.1 MB a day`. */
export const growthText = (growth: number | null): string => {
  if (growth === null) return 'its growth is known after a day';
  if (Math.abs(growth) < 1) return 'does not grow';
  return `${growth > 0 ? 'grows' : 'shrinks'} by ${bytesText(Math.abs(growth))} a day`;
};
