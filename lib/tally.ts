/** A series of a tally: what it has counted for one set of label values, which are in the order of the label names. */
interface Series {
  readonly labels: readonly string[];
  /** Of a counter the count alone; of a histogram how many values are at most each bound, and not at most the one before. */
  readonly counts: Float64Array;
  sum: number;
}

/** What is counted in the memory of a process, from its start on. */
interface Tally {
  readonly labelNames: readonly string[];
  series(): Iterable<Readonly<Series>>;
}

/** Counts how often something happens. */
export interface Counter extends Tally {
  readonly kind: 'counter';
  add(count: number, ...labels: readonly string[]): void;
}

/** Counts values by their size. */
export interface Histogram extends Tally {
  readonly kind: 'histogram';
  /** Rising; one more bucket has what is above the last. */
  readonly bounds: readonly number[];
  observe(value: number, ...labels: readonly string[]): void;
}

/** Sets of label values that are told before anything is counted for them. */
type Known = readonly (readonly string[])[];

const createSeries = (buckets: number, known: Known) => {
  const all = new Map<string, Series>();
  const of = (labels: readonly string[]): Series => {
    const key = labels.length === 1 ? (labels[0] as string) : labels.join('\n');
    const found = all.get(key);
    if (found !== undefined) return found;
    const made = { labels, counts: new Float64Array(buckets), sum: 0 };
    all.set(key, made);
    return made;
  };
  known.forEach(of);
  return { of, all: () => all.values() };
};

/** Without labels there is one series, from the beginning on. */
const knownAnyway = (labelNames: readonly string[]): Known => (labelNames.length === 0 ? [[]] : []);

export const createCounter = (labelNames: readonly string[], known = knownAnyway(labelNames)): Counter => {
  const { of, all } = createSeries(1, known);
  return {
    kind: 'counter',
    labelNames,
    series: all,
    add: (count, ...labels) => {
      const { counts } = of(labels);
      counts[0] = (counts[0] as number) + count;
    },
  };
};

export const createHistogram = (
  bounds: readonly number[],
  labelNames: readonly string[],
  known = knownAnyway(labelNames),
): Histogram => {
  const { of, all } = createSeries(bounds.length + 1, known);
  return {
    kind: 'histogram',
    bounds,
    labelNames,
    series: all,
    observe: (value, ...labels) => {
      const series = of(labels);
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
      series.counts[bucket] = (series.counts[bucket] as number) + 1;
      series.sum += value;
    },
  };
};

/** Begins to measure a time; the answer tells the seconds since. */
export const startTiming = (): (() => number) => {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1_000;
};
