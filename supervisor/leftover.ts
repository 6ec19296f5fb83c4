import { readFileSync, readdirSync } from 'node:fs';

/** Environment variable that a unit and all it starts carry; whatever escapes its process group is found by it. */
export const MARK_VARIABLE = 'SYNERGY_UNIT_MARK';

const carries = (pid: string, mark: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK_VARIABLE}=${mark}`);
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
 * Kills whatever a unit that ended left behind, also what moved to another process group or session. Returns
 * how many there were. Where there is no /proc it finds none: there, killing the group has to do.
 */
export const killLeftovers = (mark: string): number =>
  processIds().filter((pid) => Number(pid) !== process.pid && carries(pid, mark) && kill(Number(pid))).length;
