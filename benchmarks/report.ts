import { cpus, loadavg, release, totalmem } from 'node:os';
import { writeFileSync } from 'node:fs';
import Table from 'cli-table3';
import { passes } from './figure.ts';
import type { Figure, Target } from './figure.ts';

/** The figures of one measure, or why there are none. */
export interface Section {
  readonly measure: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  readonly error: string | null;
}

/** The machine the figures hold for. */
export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  shared: release(),
  node: process.version,
  /** Of the last minute, before the first figure: above the number of cores, others are at work, too. */
  load: loadavg()[0] ?? 0,
});

const shown = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? 1 : 2 });

const targetText = (target: Target | undefined): string => {
  if (target === undefined) return '';
  return 'atLeast' in target ? `>= ${shown(target.atLeast)}` : `<= ${shown(target.atMost)}`;
};

const verdict = (figure: Figure): string => {
  const passed = passes(figure);
  return passed === undefined ? '' : passed ? 'pass' : 'FAIL';
};

/** The figures as a table for people. */
export const tableOf = (sections: readonly Section[]): string => {
  const table = new Table({
    head: ['figure', 'value', 'target', '', 'durability'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right'],
    colWidths: [88],
    wordWrap: true,
  });
  for (const { measure, figures, error } of sections) {
    table.push([{ colSpan: 5, content: error === null ? measure : `${measure}: not measured: ${error}` }]);
    for (const figure of figures) {
      const { name, value, unit, durability, how } = figure;
      table.push([
        `  ${name}\n    ${how}`,
        `${shown(value)} ${unit}`,
        targetText(figure.target),
        verdict(figure),
        durability,
      ]);
    }
  }
  return table.toString();
};

/** Writes everything as JSON, each figure with its verdict. */
export const writeJson = (
  file: string,
  about: { readonly quick: boolean; readonly machine: ReturnType<typeof machine> },
  sections: readonly Section[],
): void => {
  const judged = sections.map((section) => ({
    ...section,
    figures: section.figures.map((figure) => ({ ...figure, pass: passes(figure) ?? null })),
  }));
  writeFileSync(
    file,
    `${JSON.stringify({ at: new Date().toISOString(), ...about, sections: judged }, null, 2)}\n`,
  );
};
