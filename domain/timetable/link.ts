import { offsetsOf } from '../model/dependencies.ts';
import type { Mapping } from '../model/process.ts';
import type { Level, Range } from './level.ts';

/** A dependency between two levels, ready for arithmetic. */
export interface Link {
  /** The level that waits. */
  readonly dependant: Level;
  /** The level that is waited for. */
  readonly input: Level;
  readonly mapping: Mapping;
  readonly atLeast: number | undefined;
}

/** How far the inputs of a link are: what is lacking until there are enough of them. */
export interface LinkProgress {
  /** So many more must become PROCESSED or NOOP. */
  readonly unready: number;
  /** So many more must finish, as SKIPPED too. */
  readonly unfinished: number;
  /** So many are SKIPPED that there will never be enough that are not. */
  readonly hopeless: boolean;
}

/**
 * The inputs that the period at `index` of the dependant waits for; a job that covers several waits for those of each.
 * Periods before the first node of their level
 * are none; periods after the last one are, though they do not exist yet.
 */
export const inputsOf = (link: Link, index: number): Range => {
  const { dependant, input, mapping } = link;
  const base = input.indexAt(dependant.startAt(index));
  const [first, furthest] = offsetsOf(mapping);
  const end = mapping === 'contained' ? input.indexAt(dependant.startAt(index + 1)) : base + furthest + 1;
  // What a job covers itself it does not wait for: of its own process it waits for what lies before all of its periods.
  const last = input === dependant ? Math.min(end, dependant.groupOf(index).from) : end;
  return { from: Math.max(0, base + first), to: Math.max(0, last) };
};

/** The existing periods of the dependant that wait for the period at `index` of the input: the inverse of `inputsOf`. */
export const dependantsOf = (link: Link, index: number): number[] => {
  const { dependant, input } = link;
  const [first, last] = offsetsOf(link.mapping);
  const from = Math.max(0, dependant.indexAt(Math.max(0, input.startAt(index - last))));
  const to = Math.min(dependant.size - 1, dependant.indexAt(input.startAt(index - first + 1)));
  const found: number[] = [];
  for (let candidate = from; candidate <= to; candidate++) {
    const inputs = inputsOf(link, candidate);
    if (inputs.from <= index && index < inputs.to) found.push(candidate);
  }
  return found;
};

/**
 * How far the inputs of the period at `index` are, each of them as the job that covers it; those that do not exist yet are
 * unfinished.
 */
export const linkProgress = (link: Link, index: number): LinkProgress => {
  const { from, to } = inputsOf(link, index);
  const level = link.input;
  const total = to - from;
  const missing = Math.max(0, to - Math.max(from, level.size));
  const open = level.open.count(from, to) + missing;
  let skipped = 0;
  for (let input = from; input < Math.min(to, level.size); input++) {
    if (level.state(level.labelOf(input)) === 'SKIPPED') skipped++;
  }
  const needed = Math.min(total, link.atLeast ?? total);
  return {
    unready: Math.max(0, needed - (total - open - skipped)),
    unfinished: Math.max(0, needed - (total - open)),
    hopeless: total - skipped < needed,
  };
};
