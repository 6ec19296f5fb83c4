import { existsSync, readFileSync } from 'node:fs';
import type { UowRecord } from '../../domain/model/record.ts';

/** What the next handler can be told to do; see fixtures/work.mjs. */
export type Order = 'die' | 'block' | 'hang' | 'hold' | 'fail';

/** What a handler wrote down about itself. */
export interface Effect {
  readonly id: string;
  readonly attempt: number;
  readonly token: string;
  /** Instant, ms. */
  readonly at: number;
  readonly what: 'begin' | 'effect' | 'unblock' | Order;
}

/** Everything that handlers did, in order. A line that a kill cut off is nothing that happened. */
export const readEffects = (file: string): Effect[] => {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Effect];
      } catch {
        return [];
      }
    });
};

const runOf = ({ id, attempt }: { id: string; attempt: number }): string => `${id} ${attempt}`;

/** What effects and units of work say against each other: work that is said to be done and is not, runs of one claim that were two. */
export const effectTroubles = (effects: readonly Effect[], processed: readonly UowRecord[]): string[] => {
  const tokens = new Map<string, string>();
  const ended = new Set<string>();
  const doubles: string[] = [];
  for (const effect of effects) {
    const run = runOf(effect);
    if ((tokens.get(run) ?? effect.token) !== effect.token || (effect.what === 'effect' && ended.has(run)))
      doubles.push(`${run} ran twice`);
    tokens.set(run, effect.token);
    if (effect.what === 'effect') ended.add(run);
  }
  const lost = processed
    .filter((uow) => !ended.has(runOf(uow)))
    .map((uow) => `${runOf(uow)} is PROCESSED without its effect`);
  return [...doubles, ...lost];
};
