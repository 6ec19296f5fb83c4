import { readFileSync, readdirSync } from 'node:fs';
import { trySignal } from './signal.ts';

/** Environment variable that a unit of the supervisor and all it starts carry. */
export const SERVICE_MARK = 'SYNERGY_UNIT_MARK';

/** Environment variable that one run of a command, or one child that runs handlers, and all it starts carry. */
export const RUN_MARK = 'SYNERGY_RUN_MARK';

/** A process that forks while it is looked for may be missed: so often is looked again. */
const ROUNDS = 5;

const carries = (pid: number, entries: ReadonlySet<string>): boolean => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .some((entry) => entries.has(entry));
  } catch {
    return false;
  }
};

const processIds = (): number[] => {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
};

const entriesOf = (variable: string, marks: readonly string[]): ReadonlySet<string> =>
  new Set(marks.map((mark) => `${variable}=${mark}`));

/** Processes that carry a mark; none where there is no /proc. Reads the environment of every process: some milliseconds. */
export const carriersOf = (variable: string, mark: string): number[] => {
  const entries = entriesOf(variable, [mark]);
  return processIds().filter((pid) => carries(pid, entries));
};

/**
 * Kills whatever carries one of these marks, also what moved to another process group or session, each right after its
 * environment was read. Returns how many there were. Takes some milliseconds. Where there is no /proc it finds none:
 * there, killing the group has to do.
 */
export const killLeftovers = (variable: string, marks: readonly string[]): number => {
  const entries = entriesOf(variable, marks);
  const killed = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    const found = processIds().filter(
      (pid) => pid !== process.pid && carries(pid, entries) && trySignal(pid, 'SIGKILL'),
    );
    if (found.length === 0) break;
    for (const pid of found) killed.add(pid);
  }
  return killed.size;
};
