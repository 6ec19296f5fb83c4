import { defineContext, managedProcess, tree } from 'synergy-scheduler';

// Hours, days that wait for their hours, and months that wait for their days; their work is nothing.

const hour = managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true, concurrency: 1_000 });
const day = managedProcess({
  name: 'Day',
  qualifier: 'daily',
  identity: true,
  blocking: 'children',
  concurrency: 100,
});
const month = managedProcess({ name: 'Month', qualifier: 'monthly', identity: true, blocking: 'children' });

export default defineContext({
  processes: [hour, day, month],
  trees: [tree({ name: 'year', processes: ['Hour', 'Day', 'Month'] })],
});
