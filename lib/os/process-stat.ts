import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, told apart from any later one that is given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started: ticks since boot, and which boot; as `ps` says it where there is no /proc. */
  readonly startTime: string;
}

/** What a process uses. */
export interface Usage {
  readonly rssBytes: number;
  /** Processor time since its start, its own and that of children it waited for, ms. */
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
// Two boots of one box alike in 32 bits, with one pid started at the same tick after each: that is identity enough.
const boot = (read('/proc/sys/kernel/random/boot_id') ?? '').slice(0, 8);

/** Fields of /proc/<pid>/stat from the third on; the second may hold spaces and brackets. Undefined for the dead and for zombies. */
const statOf = (pid: number): string[] | undefined => {
  const text = read(`/proc/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? undefined : fields;
};

/** Identity as `ps` tells it, which takes some milliseconds: for systems without /proc. Undefined for the dead. */
export const identifyByPs = (pid: number): ProcessIdentity | undefined => {
  try {
    const line = execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [, state, startTime] = /^\s*(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    return startTime === undefined || state?.startsWith('Z') ? undefined : { pid, startTime };
  } catch {
    return undefined; // it exits with 1 when there is no such process
  }
};

/** Identity of a living process; undefined when there is none of this pid. */
export const identify = (pid: number): ProcessIdentity | undefined => {
  if (!hasProc) return identifyByPs(pid);
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
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { rssBytes: Number(fields[21]) * PAGE, cpuMs: ticks * MS_PER_TICK };
};
