import { readFileSync, readdirSync } from 'node:fs';

/** Environment variable that a unit of the supervisor and all it starts carry. */
export const UNIT_MARK = 'SYNERGY_UNIT_MARK';

const carries = (pid: string, entries: ReadonlySet<string>): boolean => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .some((entry) => entries.has(entry));
  } catch {
    return false;
  }
};

const processIds = (): string[] => {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
};

const kill = (pid: number): boolean => {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
};

/**
 * Kills whatever carries one of these marks, also what moved to another process group or session. Returns how many
 * there were. It reads the environment of every process: some milliseconds. Where there is no /proc it finds none:
 * there, killing the group has to do.
 */
export const killLeftovers = (variable: string, marks: readonly string[]): number => {
  const entries = new Set(marks.map((mark) => `${variable}=${mark}`));
  return processIds().filter(
    (pid) => Number(pid) !== process.pid && carries(pid, entries) && kill(Number(pid)),
  ).length;
};
