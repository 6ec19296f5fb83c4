import type { WriteGroup } from './store.ts';

/** The epoch that decides whether groups are let through together: the lowest. */
export const lowestEpoch = (groups: readonly WriteGroup[]): number =>
  groups.reduce((lowest, { cause }) => Math.min(lowest, cause.epoch), Number.MAX_SAFE_INTEGER);
