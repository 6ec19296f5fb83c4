import { logSequence } from '../../domain/model/log-sequence.ts';
import type { LogRecord } from '../../domain/model/record.ts';
import type { SchedulerContext } from '../context.ts';
import type { Fence, LogVerdict, WorkerLine } from './api.ts';

/** Bytes of output that are kept of an attempt, line ends included: as much as of a command by default. */
const LOG_BYTES = 1_048_576;
/** Attempts whose output is counted in memory; that of others is counted anew when they go on. */
const MOST_COUNTED = 500;
/** Place of the line that says what was dropped: behind all that a worker can send. */
const LAST_LINE = 999_999_999;
const PAGE = 5_000;

/** How much output of an attempt there is, and which lines. */
interface Counted {
  bytes: number;
  readonly sequences: Set<number>;
}

const sizeOf = (line: string): number => Buffer.byteLength(line) + 1;

const note = (count: Counted, sequence: number, line: string): void => {
  count.bytes += sizeOf(line);
  count.sequences.add(sequence);
};

/** What is kept of an attempt already. */
const countStored = async ({ store }: SchedulerContext, { id, attempt }: Fence): Promise<Counted> => {
  const counted: Counted = { bytes: 0, sequences: new Set() };
  let after = logSequence(attempt, 0);
  for (;;) {
    const page = await store.log(id, after, PAGE);
    const own = page.filter((line) => line.attempt === attempt);
    for (const { sequence, line } of own) note(counted, sequence, line);
    after = page.at(-1)?.sequence ?? after;
    if (page.length < PAGE || own.length < page.length) return counted;
  }
};

/** Counts, per attempt, for those that were written to last. */
const createCounts = (shared: SchedulerContext) => {
  const counts = new Map<string, Promise<Counted>>();
  const keyOf = ({ id, attempt }: Fence): string => `${id} ${attempt}`;
  const forget = (fence: Fence): void => void counts.delete(keyOf(fence));
  return {
    forget,
    of: (fence: Fence): Promise<Counted> => {
      const known = counts.get(keyOf(fence)) ?? countStored(shared, fence);
      // Put at the end: what was not written to for the longest is forgotten first.
      forget(fence);
      counts.set(keyOf(fence), known);
      known.catch(() => forget(fence));
      const [oldest] = counts.keys();
      if (counts.size > MOST_COUNTED && oldest !== undefined) counts.delete(oldest);
      return known;
    },
  };
};

/** The lines that are new and have room, which are counted with it; and whether there were others. */
const admit = (count: Counted, lines: readonly LogRecord[]): { kept: LogRecord[]; dropped: boolean } => {
  const fresh = lines.filter(({ sequence }) => !count.sequences.has(sequence));
  const kept = fresh.filter(({ sequence, line }) => {
    const fits = count.bytes + sizeOf(line) <= LOG_BYTES;
    if (fits) note(count, sequence, line);
    // What follows a line that was dropped is dropped as well: a log has its gap at the end.
    else count.bytes = LOG_BYTES;
    return fits;
  });
  return { kept, dropped: kept.length < fresh.length };
};

/** Captured output of external workers: kept up to a limit per attempt, as that of commands is. */
export const createWorkerOutput = (shared: SchedulerContext) => {
  const counts = createCounts(shared);
  return {
    /** Keeps what has room; a line that is there already is left as it is. */
    append: async (fence: Fence, lines: readonly WorkerLine[]): Promise<LogVerdict> => {
      const count = await counts.of(fence);
      const { id: parentId, attempt } = fence;
      const at = shared.clock.now();
      const record = ({ sequence, stream, line }: WorkerLine): LogRecord => ({
        parentId,
        attempt,
        at,
        stream,
        line,
        sequence: logSequence(attempt, sequence),
      });
      const { kept, dropped } = admit(count, lines.map(record));
      const line = `log capped at ${LOG_BYTES} bytes: more lines were dropped`;
      const last = dropped ? [record({ sequence: LAST_LINE, stream: 'log', line })] : [];
      try {
        await shared.store.appendLog([...kept, ...last]);
      } catch (error) {
        counts.forget(fence);
        throw error;
      }
      return dropped ? 'capped' : 'applied';
    },
  };
};
