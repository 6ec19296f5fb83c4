import Table from 'cli-table3';
import type { Row } from './suffer.ts';

const MOST_TOLD = 5;

const ms = (value: number): string =>
  value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;

/** Median and longest of the recoveries. */
const recoveryText = ({ injections }: Row): string => {
  const sorted = injections.map(({ recovery }) => recovery).sort((a, b) => a - b);
  const [middle, longest] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  return middle === undefined || longest === undefined ? '-' : `${ms(middle)}, ${ms(longest)}`;
};

const verdict = ({ skipped, broken }: Row): string => {
  if (skipped !== undefined) return `left out: ${skipped}`;
  return broken.length === 0 ? 'sound' : 'BROKEN, see below';
};

/** Rows of one fault in several worlds as one; none when there are none. */
export const together = ([first, ...others]: readonly Row[]): Row[] => {
  if (first === undefined) return [];
  const rows = [first, ...others];
  return [
    {
      ...first,
      injections: rows.flatMap(({ injections }) => injections),
      broken: rows.flatMap(({ broken }) => broken),
      seconds: rows.reduce((sum, { seconds }) => sum + seconds, 0),
    },
  ];
};

/** The table of faults, for people. */
export const tableText = (rows: readonly Row[]): string => {
  const table = new Table({
    head: ['fault', 'on', 'times', 'recovered in (p50, max)', 'bound', 'invariants'],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const { fault, on, injections, bound } = row;
    table.push([fault, on, injections.length, recoveryText(row), ms(bound), verdict(row)]);
  }
  const troubles = rows.flatMap(({ fault, on, broken }) => [
    ...broken.slice(0, MOST_TOLD).map((line) => `${fault} on ${on}: ${line}`),
    ...(broken.length > MOST_TOLD ? [`${fault} on ${on}: ${broken.length - MOST_TOLD} more`] : []),
  ]);
  return [table.toString(), ...troubles].join('\n');
};
