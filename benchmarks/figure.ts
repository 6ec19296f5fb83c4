/** What a figure has to reach. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One measured number. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What is on the disk when it counts as done; `-` for what writes nothing. */
  readonly durability: string;
  /** How it came about: sizes, number of runs, settings that were tuned. */
  readonly how: string;
  /** Absent for peers and for what is only told. */
  readonly target?: Target;
}

/** Where and how to measure. */
export interface Surroundings {
  /** Smaller sizes, to see that it works; targets then say nothing. */
  readonly quick: boolean;
  /** As long as a target asks for, where that is more than minutes. */
  readonly long: boolean;
  /** One line for people who wait. */
  readonly say: (line: string) => void;
}

/** Something to measure, by name; each is a file of `measures/`. */
export interface Measure {
  readonly name: string;
  readonly summary: string;
  readonly run: (surroundings: Surroundings) => Promise<readonly Figure[]>;
}

/** Whether a figure reaches its target; undefined without one. */
export const passes = ({ value, target }: Figure): boolean | undefined => {
  if (target === undefined) return undefined;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
};

/** The value below which `share` (0 to 1) of the values lie: the nearest rank. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('expected at least one value to take a quantile of');
  return value;
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);
