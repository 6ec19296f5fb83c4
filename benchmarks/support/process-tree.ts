import { readFileSync, readdirSync } from 'node:fs';

/** What a process has used of the machine; Linux only. */
export interface Usage {
  readonly pid: number;
  /** Proportional set size: shared pages count in parts. */
  readonly pssBytes: number;
  /** Resident set size: shared pages count in full. */
  readonly rssBytes: number;
  /** The most that was resident since its start. */
  readonly peakBytes: number;
  /** Processor time since its start. */
  readonly cpuSeconds: number;
}

/** Clock ticks a second in /proc: 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Fields of /proc/<pid>/stat after the name, which may hold spaces; undefined when the process is gone. */
const statOf = (pid: number): string[] | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
};

/** A process and all that it and its children started, by pid. */
export const treeOf = (root: number): number[] => {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const parents = new Map(pids.map((pid) => [pid, Number(statOf(pid)?.[1])]));
  const found = [root];
  for (const parent of found) found.push(...pids.filter((pid) => parents.get(pid) === parent));
  return found;
};

export const usageOf = (pid: number): Usage => {
  const stat = statOf(pid);
  if (stat === undefined) throw new Error(`process ${pid} ended while it was measured`);
  const [rollup, status] = ['smaps_rollup', 'status'].map((file) =>
    readFileSync(`/proc/${pid}/${file}`, 'utf8'),
  );
  const bytesOf = (name: string, text = rollup): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text ?? '')?.[1]) * 1024;
  return {
    pid,
    pssBytes: bytesOf('Pss'),
    rssBytes: bytesOf('Rss'),
    peakBytes: bytesOf('VmHWM', status),
    cpuSeconds: (Number(stat[11]) + Number(stat[12])) / TICKS,
  };
};
