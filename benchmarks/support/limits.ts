import type { Limits } from '../../scheduler/context.ts';

/** Limits that nothing reaches while a benchmark runs. */
export const benchLimits: Limits = {
  sweepInterval: 1e4,
  resubmitAfter: 1e4,
  lifeSupport: 1e9,
  maxCrashes: 3,
  lease: 1e4,
  logTtl: 1e9,
  boxTtl: 1e9,
  eventTriggers: 1e6,
  eventFirings: 1e6,
  retention: { uowTtl: 1e12, historyTtl: 1e12, keepUnits: 20 },
};
