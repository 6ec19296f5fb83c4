import type { Counter, Histogram } from '../lib/tally.ts';
import { createRequestHistogram } from '../mx/http/measure-requests.ts';
import { counted, gauges } from '../mx/metrics.ts';
import type { Counted } from '../mx/metrics.ts';
import { createMeasurements } from '../scheduler/measurements.ts';

const head = `# Metrics

<!-- Made by \`npm run docs\` from mx/metrics.ts: change that, not this. -->

\`GET /metrics\` of the dashboard answers in the text format of Prometheus; [watching.md](watching.md) says what to do with it.
Gauges tell what is now. Counters and histograms begin at 0 when a scheduler begins; they are of its own process, and of what
it was told by workers. All times are seconds. Labels are processes, states, boxes and services of the context, and words of
this program, so that the number of series is bounded. Metrics of the process that runs the scheduler (memory, processor,
event loop, garbage collection) come along as \`process_…\` and \`nodejs_…\`.

| metric | kind | labels | meaning |
|---|---|---|---|
`;

const row = (name: string, kind: string, labels: readonly string[], help: string): string =>
  `| \`${name}\` | ${kind} | ${labels.join(', ')} | ${help} |\n`;

const tallies: Counted = { ...createMeasurements([]), requests: createRequestHistogram() };

const countedRow = ([key, { kind, labelNames }]: [string, Counter | Histogram]): string => {
  const { name, help } = counted[key as keyof Counted];
  return row(name, kind, labelNames, help);
};

/** The page about all metrics, as Markdown. */
export const metricsPage = (): string =>
  [
    head,
    ...gauges.map(({ name, labels = [], help }) => row(name, 'gauge', labels, help)),
    ...Object.entries(tallies).map(countedRow),
  ].join('');
