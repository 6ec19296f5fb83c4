import { scheduleOf } from '../schedule/schedule.ts';
import { validateGrouping } from '../time/grouping.ts';
import { SUPERVISOR, supervisedServices } from './service-name.ts';
import { isName, nameRule } from './name.ts';
import type { FreerunEntry, ManagedProcess, ProcessEntry, WorkerSpec } from './process.ts';
import { invalidContext } from './option-reader.ts';

/** Checks the name of a process, tree or entry. `where` is what is called so. Throws INVALID_CONTEXT. */
export const checkName = (where: string, name: string): void => {
  if (!isName(name)) throw invalidContext(`${where}: a name consists of ${nameRule}`);
};

/** What commands and records call the units of a box, in which a process of the name could not be told apart. */
const reserved: readonly string[] = [SUPERVISOR, ...supervisedServices];

/** Checks what a process says by itself. Throws INVALID_CONTEXT. */
export const checkProcess = (process: ProcessEntry): void => {
  const where = `process '${process.name}'`;
  const { delay, maxDelay, maxAttempts } = process.retry;
  checkName(where, process.name);
  if (reserved.includes(process.name.toLowerCase()))
    throw invalidContext(`${where}: ${reserved.join(', ')} are what runs the processes: choose another name`);
  checkLeast(`${where}, concurrency`, process.concurrency, 1);
  checkLeast(`${where}, timeLimit in ms`, process.timeLimit, 1);
  checkLeast(`${where}, retry.delay in ms`, delay, 0);
  checkLeast(`${where}, retry.maxDelay in ms, which retry.delay cannot exceed`, maxDelay, delay);
  checkLeast(`${where}, retry.maxAttempts`, maxAttempts, 1);
  checkLeast(`${where}, retention.ttlDays`, process.retention?.ttlDays, 1);
  checkLeast(`${where}, retention.keepUnits`, process.retention?.keepUnits, 1);
  checkWorker(where, process.worker);
  if (process.kind === 'daemon' && process.worker.kind === 'external') {
    throw invalidContext(`${where}: a daemon has no units to claim: expected another worker than 'external'`);
  }
  if (process.kind === 'managed') checkManaged(where, process);
  if (process.kind === 'freerun') checkEntries(where, process.entries);
};

const checkLeast = (where: string, value: number | undefined, least: number): void => {
  if (value === undefined || value >= least) return;
  throw invalidContext(`${where}: expected at least ${least}, given ${value}`);
};

const checkWorker = (where: string, worker: WorkerSpec): void => {
  if (worker.kind === 'failing') checkLeast(`${where}, failing.times`, worker.times, 0);
  if (worker.kind !== 'command') return;
  checkLeast(`${where}, logBytes`, worker.logBytes, 0);
  if ((worker.argv[0] ?? '').trim() === '') {
    throw invalidContext(
      `${where}, command: expected a program and its arguments, such as ['python3', 'x.py']`,
    );
  }
};

const checkManaged = (where: string, process: ManagedProcess): void => {
  checkSound(where, () => validateGrouping(process.qualifier, process.grouping));
  checkSound(`${where}, trigger`, () => scheduleOf(process.trigger));
  checkLeast(`${where}, startLag in ms`, process.startLag, 0);
  if (process.strategy === 'recomputing' && process.source === undefined) {
    throw invalidContext(
      `${where}: a recomputing process needs a source to read, such as source: 'access_log'`,
    );
  }
};

const checkEntries = (where: string, entries: readonly FreerunEntry[]): void => {
  const names = new Set<string>();
  /** Many entries may have one schedule, and to read it takes longer than all else here. */
  const triggers = new Set<string>();
  for (const { name, trigger } of entries) {
    checkName(`${where}, entry '${name}'`, name);
    if (names.has(name)) throw invalidContext(`${where}: two entries are called '${name}'`);
    names.add(name);
    if (triggers.has(trigger)) continue;
    triggers.add(trigger);
    checkSound(`${where}, entry '${name}', trigger`, () => scheduleOf(trigger));
  }
};

/** Says where something that another part of the domain refuses was written. */
const checkSound = (where: string, check: () => unknown): void => {
  try {
    check();
  } catch (error) {
    throw invalidContext(`${where}: ${(error as Error).message}`);
  }
};
