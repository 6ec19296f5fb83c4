// Injects faults into real processes and prints what became of it. Exits with 1 when a fault did not bite, recovery took
// longer than its bound, or an invariant is broken.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { places } from './fault.ts';
import type { Place } from './fault.ts';
import { strikeInParallel } from './parallel.ts';
import type { Case } from './parallel.ts';
import { faults, faultsOf } from './registry.ts';
import { noServers } from './servers.ts';
import type { Row } from './suffer.ts';
import { tableText, together } from './table.ts';

const help = `npm run test:faults -- [options]
  --only <fault>           this one only; more than once for more
  --on embedded|servers    on these only
  --short                  the short form, of some minutes
  --days <number>          so many days of work, 50 jobs each, instead of those of the form
  --worlds <number>        each of them in so many worlds, one after the other; told as one
  --json <file>            write the rows there as well
  --keep <folder>          copy what is left of broken worlds there
faults: ${faults.map(({ name }) => name).join(', ')}`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    on: { type: 'string' },
    short: { type: 'boolean', default: false },
    days: { type: 'string' },
    worlds: { type: 'string', default: '1' },
    json: { type: 'string' },
    keep: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const { only, on, json, keep } = values;
const form = values.short ? 'short' : 'long';

const refuse = (text: string): never => {
  console.error(`${text}\n${help}`);
  process.exit(2);
};
if (values.help) {
  console.log(help);
  process.exit(0);
}
const stranger = only?.find((name) => !faults.some((fault) => fault.name === name));
if (stranger !== undefined) refuse(`no fault is named '${stranger}'`);
if (on !== undefined && !places.some((place) => place === on)) refuse(`unknown: --on ${on}`);

const countOf = (option: string, given: string): number => {
  const count = Number(given);
  if (!(Number.isInteger(count) && count > 0))
    refuse(`--${option} expects a whole number above 0, and was given '${given}'`);
  return count;
};
const days = values.days === undefined ? undefined : countOf('days', values.days);
const worlds = countOf('worlds', values.worlds);

// What was started ends with this process, also when that is told to end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const casesOf = (place: Place): Case[] => {
  if (place === 'servers' && noServers !== undefined) {
    console.log(`not run on servers: ${noServers}`);
    return [];
  }
  // Who asks for a fault by its name is to have it.
  const chosen =
    only === undefined
      ? faultsOf(place, form)
      : faults.filter((fault) => fault.on.includes(place) && only.includes(fault.name));
  return chosen.map((fault) => ({ fault, place }));
};

const cases = places.filter((place) => on === undefined || place === on).flatMap(casesOf);
const heard: Row[] = [];
const onRow = (row: Row): void => {
  const news = row.broken[0] ?? row.skipped ?? `sound; last: ${row.injections.at(-1)?.proof ?? ''}`;
  console.log(`${row.fault} on ${row.on} (${Math.round(row.seconds)} s): ${news}`);
  heard.push(row);
};
await strikeInParallel(
  cases.flatMap((one) => Array.from({ length: worlds }, () => ({ ...one }))),
  {
    form,
    onRow,
    ...(days === undefined ? {} : { days }),
    ...(keep === undefined ? {} : { keep }),
  },
);
const rows = cases.flatMap(({ fault, place }) =>
  together(heard.filter((row) => row.fault === fault.name && row.on === place)),
);
console.log(tableText(rows));
if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
process.exit(rows.some(({ broken }) => broken.length > 0) ? 1 : 0);
