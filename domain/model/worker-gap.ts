import { isPresentOn } from './present-on.ts';
import type { ProcessEntry } from './process.ts';
import type { BoxRecord } from './record.ts';
import { EVENT_WORKER, SCHEDULER, WORKER, supervisedServices } from './service-name.ts';

/**
 * A running unit is written down every 10 s, one that is started again after at most 60 s: a record older than this is of
 * a box that is gone. Milliseconds.
 */
const SILENCE = 90_000;

/** Name under which a worker is written down that runs in the foreground and serves the named processes only. */
export const foregroundService = (processNames: readonly string[]): string =>
  `${WORKER}:${processNames.join('+')}`;

/** Whether a record is of such a worker. */
export const isForegroundService = (unit: string): boolean => unit.startsWith(`${WORKER}:`);

/** Why no worker serves a process. */
export interface WorkerGap {
  /** Since when, ms; undefined where no worker ever served it. */
  readonly since: number | undefined;
  /** What became of the worker: "the worker of box 'b1' was switched off". */
  readonly text: string;
  /** What a person types to start one. */
  readonly command: string;
}

type Process = Pick<ProcessEntry, 'kind' | 'name' | 'presentOnBoxes' | 'worker'>;

/** The service that serves a process, on boxes where it runs. */
const serviceOf = ({ worker }: Process): string => (worker.kind === 'event' ? EVENT_WORKER : WORKER);

const serves = ({ unit, boxId }: BoxRecord, process: Process): boolean => {
  if (unit === serviceOf(process)) return isPresentOn(process, boxId);
  return (
    isForegroundService(unit) &&
    unit
      .slice(WORKER.length + 1)
      .split('+')
      .includes(process.name)
  );
};

const isHeard = ({ updatedAt }: BoxRecord, now: number): boolean => now - updatedAt < SILENCE;

/** At work, or started again by its supervisor without any help. */
const isComing = (box: BoxRecord, now: number): boolean =>
  box.desired === 'on' && (box.actual === 'running' || box.actual === 'backing-off') && isHeard(box, now);

const failedText = (name: string, { lastExit }: BoxRecord, what = 'is tried once a minute'): string =>
  `${name} failed too often and ${what}${lastExit === null ? '' : ` (${lastExit})`}`;

const workerText = ({ unit, boxId }: BoxRecord): string =>
  `the ${isForegroundService(unit) ? WORKER : unit} of box '${boxId}'`;

const textOf = (box: BoxRecord): string => {
  const worker = workerText(box);
  if (box.desired === 'off') return `${worker} was switched off`;
  if (box.actual === 'failed') return failedText(worker, box);
  return box.actual === 'stopped' ? `${worker} was stopped` : `${worker} has not been heard of since`;
};

/**
 * Written down, under the name of the process, by a worker that cannot run it: a module or program is missing, say. What
 * is written down of a daemon is how it ended.
 */
const heldOn = (
  { boxId }: BoxRecord,
  { kind, name }: Process,
  boxes: readonly BoxRecord[],
): BoxRecord | undefined =>
  kind === 'daemon'
    ? undefined
    : boxes.find((box) => box.boxId === boxId && box.unit === name && box.actual === 'failed');

const heldGap = (box: BoxRecord, held: BoxRecord): WorkerGap => ({
  since: held.updatedAt,
  text: `${workerText(box)} cannot run it: ${held.lastExit ?? 'no reason given'}`,
  command: `synergy restart ${isForegroundService(box.unit) ? box.unit.slice(WORKER.length + 1) : box.unit}`,
});

const commandOf = (last: BoxRecord, boxes: readonly BoxRecord[], now: number): string => {
  const { unit, boxId, desired } = last;
  if (isForegroundService(unit)) return `synergy start ${unit.slice(WORKER.length + 1).replaceAll('+', ' ')}`;
  const own = boxes.filter((box) => box.boxId === boxId && box.unit === SCHEDULER);
  if (own.some((box) => box.actual === 'running' && isHeard(box, now))) return `synergy super start ${unit}`;
  // Without its supervisor the wish is kept for the next start.
  if (own.length > 0) return `${desired === 'off' ? `synergy super start ${unit} && ` : ''}synergy start`;
  return 'synergy start worker';
};

const neverServed = (process: Process, boxes: readonly BoxRecord[]): WorkerGap => {
  const { presentOnBoxes } = process;
  const service = serviceOf(process);
  const workers = boxes.filter(({ unit }) => unit === service).map(({ boxId }) => `'${boxId}'`);
  const globs = presentOnBoxes.map((glob) => `'${glob}'`).join(', ');
  if (workers.length > 0 || !presentOnBoxes.includes('*')) {
    const known = workers.length === 0 ? '' : ` (${workers.join(', ')})`;
    const text = `no box${known} fits its presentOnBoxes ${globs || '[]'}`;
    return { since: undefined, text, command: 'synergy start worker --box-id <a name that fits>' };
  }
  return { since: undefined, text: 'no worker was ever started', command: 'synergy start worker' };
};

/**
 * Why no worker serves a process now; undefined while one does, or is started again by its supervisor. Processes whose
 * workers are external never lack one: those come and go as they like.
 */
export const workerGap = (
  process: Process,
  boxes: readonly BoxRecord[],
  now: number,
): WorkerGap | undefined => {
  if (process.worker.kind === 'external') return undefined;
  const workers = boxes.filter((box) => serves(box, process));
  const coming = workers.filter((box) => isComing(box, now));
  const holds = coming.map((box) => ({ box, held: heldOn(box, process, boxes) }));
  if (holds.some(({ held }) => held === undefined)) return undefined;
  const [hold] = holds;
  if (hold?.held !== undefined) return heldGap(hold.box, hold.held);
  const [last] = workers.sort((a, b) => b.updatedAt - a.updatedAt);
  if (last === undefined) return neverServed(process, boxes);
  return { since: last.updatedAt, text: textOf(last), command: commandOf(last, boxes, now) };
};

/** Something that stays down until a person starts it. */
export interface Standstill extends WorkerGap {
  /** Processes that no worker serves; none where the unit itself is all that is down. */
  readonly processes: readonly string[];
}

/** A unit, or a daemon, that has failed too often; undefined for all others. */
const failedUnit = (box: BoxRecord, daemons: ReadonlySet<string>): Standstill | undefined => {
  const { unit, boxId, desired, actual, updatedAt } = box;
  if (actual !== 'failed' || desired === 'off') return undefined;
  const down = { since: updatedAt, processes: [] };
  if (daemons.has(unit))
    return {
      ...down,
      text: failedText(`the daemon ${unit} on box '${boxId}'`, box, 'stays down'),
      command: 'synergy restart worker',
    };
  if (!supervisedServices.includes(unit)) return undefined;
  return {
    ...down,
    text: failedText(workerText(box), box),
    command: `synergy super start ${unit}`,
  };
};

/**
 * What stays down until a person starts it, each cause once, the oldest first: units and daemons that failed too often,
 * and whatever else leaves a process of `needing` (those with work that waits; daemons always need one) without a worker.
 */
export const standstills = (
  processes: readonly Process[],
  boxes: readonly BoxRecord[],
  { now, needing }: { readonly now: number; readonly needing: ReadonlySet<string> },
): Standstill[] => {
  const daemons = new Set(processes.filter(({ kind }) => kind === 'daemon').map(({ name }) => name));
  const found = new Map<string, Standstill>();
  for (const box of boxes) {
    const failed = failedUnit(box, daemons);
    if (failed !== undefined) found.set(failed.text, failed);
  }
  for (const process of processes) {
    if (!needing.has(process.name) && !daemons.has(process.name)) continue;
    const gap = workerGap(process, boxes, now);
    if (gap === undefined) continue;
    const others = found.get(gap.text)?.processes ?? [];
    found.set(gap.text, { ...gap, processes: [...others, process.name] });
  }
  return [...found.values()].sort((a, b) => (a.since ?? 0) - (b.since ?? 0));
};
