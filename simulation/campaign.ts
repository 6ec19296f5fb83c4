import { simulate } from './simulate.ts';
import type { Run, SimulationOptions } from './simulate.ts';

/** Many runs, one seed after the other. */
export interface Campaign extends Omit<SimulationOptions, 'seed' | 'plan' | 'onTrace'> {
  readonly firstSeed: number;
  /** Steps of all runs together, after which no further one is begun. */
  readonly totalSteps: number;
  readonly onRun?: (run: Run) => void;
}

export interface CampaignResult {
  readonly runs: number;
  readonly steps: number;
  /** The first run that failed; none after it. */
  readonly failed: Run | undefined;
}

/** Runs seeds until enough steps are done or one fails. */
export const runCampaign = async (campaign: Campaign): Promise<CampaignResult> => {
  const { firstSeed, totalSteps, onRun, ...options } = campaign;
  let steps = 0;
  let runs = 0;
  while (steps < totalSteps) {
    const run = await simulate({ ...options, seed: (firstSeed + runs) >>> 0 });
    runs++;
    steps += run.steps;
    onRun?.(run);
    if (run.findings.length > 0) return { runs, steps, failed: run };
  }
  return { runs, steps, failed: undefined };
};
