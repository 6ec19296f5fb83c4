import { parseArgs } from 'node:util';
import { fuzz } from './support/fuzzer.ts';

// `npm run fuzz -- --requests 100000 --seed 1`: the long form of tests/mx/fuzz.int.ts.
const { values } = parseArgs({
  options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const begun = performance.now();
const { requests, statuses } = await fuzz({
  requests: Number(values.requests),
  seed: Number(values.seed),
  onPart: (sent) => {
    if (sent % 10_000 === 0) console.log(`${sent} requests`);
  },
});
console.log(
  `${requests} requests in ${Math.round((performance.now() - begun) / 1000)} s, by status:`,
  statuses,
);
