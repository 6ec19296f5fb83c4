import { defineContext, freerunProcess } from 'synergy-scheduler';

// As many entries as BENCH_ENTRIES says, with schedules of all four grammars, and one that is always due.

const triggers = (i: number): readonly string[] => [
  `at ${String(i % 24).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}`,
  `every ${3_600 + (i % 5_000)}`,
  `cron ${i % 60} ${i % 24} * * *`,
  `iso R/2026-01-${String(1 + (i % 28)).padStart(2, '0')}T00:00:00Z/P1D`,
];

const many = Array.from({ length: Number(process.env['BENCH_ENTRIES'] ?? 10) }, (_, i) => ({
  name: `entry-${i}`,
  trigger: triggers(i)[i % 4] ?? '',
  missed: 'none' as const,
}));

const entries = freerunProcess({
  name: 'Many',
  identity: true,
  entries: [...many, { name: 'due', trigger: 'every 1s', missed: 'last' }],
});

export default defineContext({ processes: [entries] });
