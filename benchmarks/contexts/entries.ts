import { defineContext, freerunProcess } from 'synergy-scheduler';
import { triggerOf } from '../support/triggers.ts';

// As many entries as BENCH_ENTRIES says, with schedules of all four grammars, and one that is always due.

const many = Array.from({ length: Number(process.env['BENCH_ENTRIES'] ?? 10) }, (_, i) => ({
  name: `entry-${i}`,
  trigger: triggerOf(i),
  missed: 'none' as const,
}));

const entries = freerunProcess({
  name: 'Many',
  identity: true,
  entries: [...many, { name: 'due', trigger: 'every 1s', missed: 'last' }],
});

export default defineContext({ processes: [entries] });
