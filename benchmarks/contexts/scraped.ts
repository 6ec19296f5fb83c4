import { defineContext, freerunProcess, managedProcess, tree } from 'synergy-scheduler';

// Ten processes fired five times a second each, and hours of jobs beside them.

const PROCESSES = 10;

const entry = (offset: number) => ({
  name: `after-${offset}`,
  trigger: `iso R/2020-01-01T00:00:00.${String(offset).padStart(3, '0')}Z/PT1S`,
  missed: 'none' as const,
});

const fired = Array.from({ length: PROCESSES }, (_, i) =>
  freerunProcess({
    name: `Fired${i}`,
    identity: true,
    entries: [0, 200, 400, 600, 800].map((offset) => entry(offset + 10 * i)),
  }),
);

const hour = managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true, concurrency: 10 });

export default defineContext({
  processes: [...fired, hour],
  trees: [tree({ name: 'hours', processes: ['Hour'] })],
});
