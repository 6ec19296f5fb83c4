import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that works in a folder, and the attempt it works on if it is a command's. */
export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
  readonly id?: string;
  readonly attempt?: number;
}

const environmentOf = (pid: string): Map<string, string> =>
  new Map(
    readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );

const lookAt = (pid: string, folder: string): FoundProcess[] => {
  try {
    if (readlinkSync(`/proc/${pid}/cwd`) !== folder) return [];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const environment = environmentOf(pid);
    const id = environment.get('SYNERGY_UOW_ID');
    const attempt = Number(environment.get('SYNERGY_ATTEMPT'));
    return [{ pid: Number(pid), command, ...(id === undefined ? {} : { id, attempt }) }];
  } catch {
    // It has ended meanwhile.
    return [];
  }
};

/** All processes whose working folder this is, found by /proc alone: whatever group, session or parent they have. */
export const processesIn = (folder: string): FoundProcess[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => lookAt(pid, folder));

/** Resolves with whether something holds before `patience` ms are over; looks every few milliseconds. */
export const within = async (
  patience: number,
  holds: () => boolean | Promise<boolean>,
  pause = 10,
): Promise<boolean> => {
  const end = performance.now() + patience;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() > end) return false;
    await sleep(pause);
  }
};
