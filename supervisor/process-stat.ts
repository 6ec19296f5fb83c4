import { readFileSync } from 'node:fs';

/** A process, told apart from any later one that is given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks from boot to its start, and the boot; empty where the system does not tell. */
  readonly startTime: string;
}

/** What a process uses. */
export interface Usage {
  readonly rssBytes: number;
  /** Processor time since its start, ms. */
  readonly cpuMs: number;
}

// Both are constants of Linux on every platform Node runs on, save for kernels built with larger pages.
const MS_PER_TICK = 10;
const PAGE = 4096;

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const hasProc = read('/proc/self/stat') !== undefined;
const boot = (read('/proc/sys/kernel/random/boot_id') ?? '').slice(0, 8);

/** Fields of /proc/<pid>/stat from the third on; the second may hold spaces and brackets. Undefined for the dead and for zombies. */
const statOf = (pid: number): string[] | undefined => {
  const text = read(`/proc/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? undefined : fields;
};

const answersSignals = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Identity of a living process; undefined when there is none of this pid. */
export const identify = (pid: number): ProcessIdentity | undefined => {
  if (!hasProc) return answersSignals(pid) ? { pid, startTime: '' } : undefined;
  const ticks = statOf(pid)?.[19];
  return ticks === undefined ? undefined : { pid, startTime: `${ticks}@${boot}` };
};

/** Whether this very process lives, and not another that got its pid. */
export const isAlive = ({ pid, startTime }: ProcessIdentity): boolean =>
  identify(pid)?.startTime === startTime;

/** Memory and processor time of a process, where the system tells. */
export const usageOf = (pid: number): Usage | undefined => {
  const fields = statOf(pid);
  if (fields === undefined) return undefined;
  return {
    rssBytes: Number(fields[21]) * PAGE,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK,
  };
};
