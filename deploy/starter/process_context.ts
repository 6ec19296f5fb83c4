import { defineContext, managedProcess, tree } from 'synergy-scheduler';

// Every process below gets one job per period; hours nest in days. See what they do with `npx synergy list`.
export default defineContext({
  processes: [
    managedProcess({
      name: 'ExampleHourly',
      description: 'A handler in TypeScript: counts something for each hour',
      qualifier: 'hourly',
      handler: './handlers/example-hourly.ts',
    }),
    managedProcess({
      name: 'ExampleDaily',
      description: 'A command: runs once the hours of its day are finished',
      qualifier: 'daily',
      blocking: 'children',
      command: ['sh', '-c', 'echo "the day $SYNERGY_TIMEPERIOD is complete"'],
    }),
  ],
  trees: [tree({ name: 'example', processes: ['ExampleHourly', 'ExampleDaily'] })],
});
