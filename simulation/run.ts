import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { explain, runText } from './report.ts';

const usage = `npm run simulate -- [--seed N] [--steps M] [--verbose]

Runs scheduler, workers, collector and queue on a virtual clock, with faults that the seed says.
  --seed N    whole number from 0; default: drawn, and printed
  --steps M   runs seeds N, N+1, ... until M steps are done; default: seed N alone
  --verbose   a line for every run`;

/** A whole number, given as text. */
const whole = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name}: expected a whole number from 0, given '${text}'\n\n${usage}`);
};

const main = async (): Promise<number> => {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({ options: { seed: text, steps: text, verbose: flag, help: flag } });
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  const firstSeed = whole('seed', values.seed ?? String(Math.floor(Math.random() * 2 ** 32)));
  const totalSteps = whole('steps', values.steps ?? '1');
  console.log(`first seed ${firstSeed}`);
  const began = performance.now();
  let told = began;
  let done = 0;
  const perSecond = (): string => `${Math.round((done / (performance.now() - began)) * 1_000)} steps/s`;
  const { runs, steps, failed } = await runCampaign({
    firstSeed,
    totalSteps,
    onRun: (run) => {
      done += run.steps;
      if (values.verbose === true || totalSteps <= 1) console.log(runText(run));
      else if (performance.now() - told > 5_000) {
        told = performance.now();
        console.log(`${done} of ${totalSteps} steps, ${perSecond()}`);
      }
    },
  });
  console.log(`${runs} runs, ${steps} steps, ${perSecond()}`);
  if (failed === undefined) return 0;
  console.log(await explain(failed, { seed: failed.seed }));
  return 1;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
