import { metrics } from '../mx/metrics.ts';

const head = `# Metrics

<!-- Made by \`npm run docs\` from mx/metrics.ts: change that, not this. -->

\`GET /metrics\` of the dashboard answers in the text format of Prometheus. All are gauges of what is now; times are seconds.
Labels are processes, states, boxes and services of the context, so that the number of series is bounded. Metrics of the
process that runs the scheduler (memory, processor, event loop, garbage collection) come along as \`process_…\` and \`nodejs_…\`.

\`\`\`yaml
scrape_configs:
  - job_name: synergy
    static_configs:
      - targets: ['127.0.0.1:5000']
\`\`\`

[deploy/prometheus/alerts.yml](../deploy/prometheus/alerts.yml) has alerts to begin with: work that waits for a user, periods
that are late, services that are down, a collector that stands still.

| metric | labels | meaning |
|---|---|---|
`;

/** The page about all metrics, as Markdown. */
export const metricsPage = (): string =>
  [
    head,
    ...metrics.map(({ name, labels = [], help }) => `| \`${name}\` | ${labels.join(', ')} | ${help} |\n`),
  ].join('');
