import { Command, InvalidArgumentError } from 'commander';
import { passes } from './figure.ts';
import type { Measure } from './figure.ts';
import { machine, tableOf, writeJson } from './report.ts';
import type { Section } from './report.ts';
import { endChildren } from './support/child.ts';
import { burst } from './measures/burst.ts';
import { clients } from './measures/clients.ts';
import { idle } from './measures/idle.ts';
import { latency } from './measures/latency.ts';
import { lifecycles } from './measures/lifecycles.ts';
import { mongo } from './measures/mongo.ts';
import { month } from './measures/month.ts';
import { rabbit } from './measures/rabbit.ts';
import { restart } from './measures/restart.ts';
import { retention } from './measures/retention.ts';
import { scraping } from './measures/scrape.ts';
import { takeover } from './measures/takeover.ts';
import { tick } from './measures/tick.ts';
import { triggers } from './measures/triggers.ts';
import { timetable } from './measures/timetable.ts';
import { year } from './measures/year.ts';

const measures: readonly Measure[] = [
  lifecycles,
  clients,
  latency,
  burst,
  triggers,
  rabbit,
  mongo,
  timetable,
  tick,
  restart,
  takeover,
  year,
  idle,
  retention,
  scraping,
  month,
];
const names = measures.map(({ name }) => name);

interface Options {
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly long: boolean;
  readonly json: string;
}

const addName = (name: string, before: readonly string[]): readonly string[] => {
  if (!names.includes(name)) throw new InvalidArgumentError(`expected one of ${names.join(', ')}`);
  return [...before, name];
};

const readOptions = (): Options =>
  new Command('npm run bench --')
    .description(
      'Measures the speed of the build in dist/, peers side by side, and says what reaches its target.',
    )
    .option('--only <name>', `measure this alone; may be repeated: ${names.join(', ')}`, addName, [])
    .option('--quick', 'small sizes, to see that everything works; missed targets are no failure', false)
    .option('--long', 'ten minutes of scrapes', false)
    .option('--json <file>', 'where to write the figures as JSON', 'benchmarks/results.json')
    .parse()
    .opts<Options>();

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const take = async (measure: Measure, { quick, long }: Options): Promise<Section> => {
  const begun = performance.now();
  say(`${measure.name}: ${measure.summary}`);
  const section = (figures: Section['figures'], error: string | null): Section => ({
    measure: measure.name,
    seconds: (performance.now() - begun) / 1000,
    figures,
    error,
  });
  try {
    const figures = await measure.run({ quick, long, say: (line) => say(`  ${line}`) });
    return section(figures, null);
  } catch (error) {
    return section([], error instanceof Error ? error.message : String(error));
  }
};

const options = readOptions();
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // What waits for a child then fails, and cleans up after itself.
  process.once(signal, () => {
    interruption.abort();
    endChildren();
  });
}

const about = { quick: options.quick, machine: machine() };
const sections: Section[] = [];
for (const measure of measures) {
  if (interruption.signal.aborted) break;
  if (options.only.length === 0 || options.only.includes(measure.name))
    sections.push(await take(measure, options));
}
writeJson(options.json, about, sections);
const { cpu, cores, node, load } = about.machine;
console.log(
  `${cores} x ${cpu}, Node ${node}, load at the start ${load.toFixed(1)}${options.quick ? ', quick' : ''}`,
);
console.log(tableOf(sections));
const failed = sections.some(({ error }) => error !== null);
const missed = sections.some(({ figures }) => figures.some((figure) => passes(figure) === false));
if (interruption.signal.aborted || failed || (missed && !options.quick)) process.exitCode = 1;
