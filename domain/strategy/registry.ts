import type { StrategyName } from '../model/process.ts';
import { continuous } from './continuous.ts';
import type { Strategy } from './decision.ts';
import { discrete } from './discrete.ts';
import { recomputing } from './recomputing.ts';

/** Every governing strategy of managed processes, by the name an entry gives. */
export const strategies: Readonly<Record<StrategyName, Strategy>> = { discrete, continuous, recomputing };
