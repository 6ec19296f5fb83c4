import { SynergyError } from '../domain/errors.ts';
import type { WriteGroup } from './store.ts';

/** The epoch that decides whether groups are let through together: the lowest. */
export const lowestEpoch = (groups: readonly WriteGroup[]): number =>
  groups.reduce((lowest, { cause }) => Math.min(lowest, cause.epoch), Number.MAX_SAFE_INTEGER);

/** Why groups of this epoch are refused. */
export const deposedError = (epoch: number): SynergyError =>
  new SynergyError(
    'DEPOSED',
    `epoch ${epoch} is over: another scheduler has taken office on this store since`,
  );
