import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import type { Run, SimulationOptions } from './simulate.ts';
import type { TraceLine } from './world.ts';

/** Lines of a trace that are printed at most, the last ones. */
const MOST_LINES = 80;
const MOST_LETTERS = 240;

const figure = new Intl.NumberFormat('en');

/** What happened to the processes is worth knowing whatever it is about. */
const isTurningPoint = ({ text }: TraceLine): boolean =>
  /FAULT| ends$|^go on|^message-|^asked to stop/.test(text);

const lineText = ({ step, at, who, text }: TraceLine): string => {
  const line = `${String(step).padStart(6)} ${new Date(at).toISOString().slice(5, 23)} ${who.padEnd(13)} ${text}`;
  return line.length > MOST_LETTERS ? `${line.slice(0, MOST_LETTERS)} …` : line;
};

/** The lines that tell of these entities, in order. */
export const linesAbout = (lines: readonly TraceLine[], entities: readonly string[]): readonly TraceLine[] =>
  lines.filter((line) => isTurningPoint(line) || entities.some((entity) => line.text.includes(entity)));

/** A run in one line. */
export const runText = ({ seed, steps, digest, faults, counts, passed, findings }: Run): string => {
  const end = findings.length === 0 ? 'sound' : `${findings.length} FINDINGS`;
  const hours = (passed / 3_600_000).toFixed(1);
  return `seed ${seed}: ${figure.format(steps)} steps, ${hours} h, ${faults.length} faults, ${counts.units} units, digest ${digest}: ${end}`;
};

/** What is wrong with a run, and how it came to that with as few faults as it takes. */
export const explain = async (failed: Run, options: SimulationOptions): Promise<string> => {
  const small = await shrink(failed, options);
  const lines: TraceLine[] = [];
  const plan = small.faults;
  const replayed = await simulate({ ...options, plan, look: 20, onTrace: (line) => lines.push(line) });
  const findings = replayed.findings.length > 0 ? replayed.findings : failed.findings;
  const entities = findings.slice(0, 3).flatMap((finding) => finding.entities);
  const about = linesAbout(lines, entities);
  return [
    `seed ${failed.seed} failed at step ${failed.steps} with ${failed.faults.length} faults:`,
    ...failed.findings.slice(0, 10).map(({ text }) => `  ${text}`),
    `the same with ${plan.length} faults, at step ${replayed.steps}:`,
    ...findings.slice(0, 10).map(({ text }) => `  ${text}`),
    ...plan.map(
      ({ kind, where, amount, occasion }) => `  fault ${occasion}: ${kind} ${where} ${amount || ''}`,
    ),
    `what became of ${entities.join(', ') || 'it'} (the last of ${about.length} lines):`,
    ...about.slice(-MOST_LINES).map(lineText),
    `replay: npm run simulate -- --seed ${failed.seed}`,
  ].join('\n');
};
