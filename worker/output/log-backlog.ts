import type { LogRecord } from '../../domain/model/record.ts';
import { plural } from '../../domain/plural.ts';
import type { Backlog } from '../../lib/batcher.ts';

/** Bytes that a line takes in memory beside its text, about. */
const LINE_OVERHEAD = 200;

const weightOf = ({ line }: LogRecord): number => line.length + LINE_OVERHEAD;

const weigh = (lines: readonly LogRecord[]): number => lines.reduce((sum, line) => sum + weightOf(line), 0);

/** Lines of one run. */
interface Lines {
  waiting: LogRecord[];
  weight: number;
  /** Lines dropped since the last one was handed on, and the first of them, whose place the remark about them takes. */
  dropped: number;
  gap: LogRecord | undefined;
}

const remarkOn = ({ gap, dropped }: Lines): LogRecord[] => {
  const line = `${plural(dropped, 'line was', 'lines were')} dropped here: the store took them more slowly than they came`;
  return gap ? [{ ...gap, stream: 'log', line }] : [];
};

/** The oldest lines of a run, which wait no longer. */
const shift = (lines: Lines, most: number): LogRecord[] => {
  const gone = lines.waiting.splice(0, most);
  lines.weight -= weigh(gone);
  return gone;
};

const dropHalf = (lines: Lines): LogRecord[] => {
  const gone = shift(lines, Math.ceil(lines.waiting.length / 2));
  lines.gap ??= gone[0];
  lines.dropped += gone.length;
  return gone;
};

/**
 * Captured lines that wait for the store, run by run, each of which has an equal share of every batch: a run that
 * prints a lot delays its own lines only. Beyond `maxWeight` bytes, about, the run with the most waiting loses the older
 * half of them, and a line in their place says so.
 */
export const createLogBacklog = (maxWeight: number): Backlog<LogRecord> => {
  const runs = new Map<string, Lines>();
  let size = 0;
  let weight = 0;

  const forget = (gone: readonly LogRecord[]): readonly LogRecord[] => {
    size -= gone.length;
    weight -= weigh(gone);
    return gone;
  };
  const add = (line: LogRecord): void => {
    const key = `${line.parentId} ${line.attempt}`;
    const lines = runs.get(key) ?? { waiting: [], weight: 0, dropped: 0, gap: undefined };
    runs.set(key, lines);
    lines.waiting.push(line);
    lines.weight += weightOf(line);
    size += 1;
    weight += weightOf(line);
    if (weight <= maxWeight) return;
    forget(dropHalf([...runs.values()].reduce((a, b) => (b.weight > a.weight ? b : a))));
  };
  /** One share of each run; those that have more stand in line again. */
  const round = (most: number): LogRecord[] => {
    const share = Math.max(1, Math.floor(most / runs.size));
    return [...runs].slice(0, most).flatMap(([key, lines]) => {
      const remark = remarkOn(lines);
      lines.gap = undefined;
      lines.dropped = 0;
      const taken = forget(shift(lines, share - remark.length));
      runs.delete(key);
      if (lines.waiting.length > 0) runs.set(key, lines);
      return [...remark, ...taken];
    });
  };

  return {
    size: () => size,
    add: (lines) => lines.forEach(add),
    take(most) {
      const batch: LogRecord[] = [];
      while (batch.length < most && runs.size > 0) batch.push(...round(most - batch.length));
      return batch;
    },
  };
};
