import { buildTimetable } from '../../domain/timetable/timetable.ts';
import type { Timetable } from '../../domain/timetable/timetable.ts';
import { treesContext } from '../support/trees.ts';

export interface TimetableResult {
  readonly nodes: number;
  readonly seconds: number;
  readonly bytes: number;
}

/** Builds the timetable of so many years. Argument: how many. */
const years = Number(process.argv[2]);
const span = { start: Date.UTC(2026 - years), now: Date.UTC(2026) - 1 };
const context = treesContext();

const used = (): number => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const nodesOf = ({ levels }: Timetable): number =>
  [...levels.values()].reduce((sum, { size }) => sum + size, 0);

const before = used();
const begun = performance.now();
const timetable = buildTimetable(context, span);
const seconds = (performance.now() - begun) / 1000;
process.send?.({ seconds, bytes: used() - before, nodes: nodesOf(timetable) } satisfies TimetableResult);
