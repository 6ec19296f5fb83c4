import { defineContext, managedProcess, tree } from 'synergy-scheduler';

// Independent hours whose work is nothing; BENCH_CONCURRENCY of them at a time.

const hour = managedProcess({
  name: 'Hour',
  qualifier: 'hourly',
  identity: true,
  concurrency: Number(process.env['BENCH_CONCURRENCY']),
});

export default defineContext({ processes: [hour], trees: [tree({ name: 'hours', processes: ['Hour'] })] });
