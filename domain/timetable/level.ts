import { isJobFinished, isUowHolding, jobStateCode } from '../machine/transition.ts';
import { jobStates } from '../machine/job-machine.ts';
import type { JobState } from '../machine/job-machine.ts';
import type { ManagedProcess } from '../model/process.ts';
import type { JobRecord, UowRecord } from '../model/record.ts';
import { groupFinder } from '../time/grouping.ts';
import type { GroupFinder, GroupingHistory } from '../time/grouping.ts';
import { fromOrdinal, ordinal, ordinalAt, startOf } from '../time/timeperiod.ts';
import type { Timeperiod } from '../time/timeperiod.ts';
import { IndexSet } from './index-set.ts';
import { standingCode, standingOf, standings } from './standing.ts';
import type { Standing } from './standing.ts';

/** What is known of the unit of work in charge of a job. */
export interface LiveUnit extends Pick<UowRecord, 'id' | 'state' | 'retryAt' | 'endId'> {
  /** When it was published, last; ms. */
  readonly since: number;
}

/** Indices `[from, to)` of one level. They may lie after its last node. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What a level is built from. */
export interface LevelOptions {
  readonly process: ManagedProcess;
  readonly tree: string;
  readonly parent: Level | undefined;
  /** First instant, ms. */
  readonly start: number;
  /** Groupings over time; that of the process ever since when absent. */
  readonly groupings?: GroupingHistory | undefined;
}

/** What a job is, apart from its unit of work. */
export type JobFields = Pick<JobRecord, 'state' | 'version' | 'uowCount' | 'redo'>;

const REDO = 8;
const STATE = 7;
const STANDINGS = standings.length;
const finishedCodes = jobStates.map((state) => isJobFinished(state));

/**
 * The nodes of one process: one per period, from `first` on without a gap, so that a node is its index and
 * parents and children are found by arithmetic. Everything lies in typed arrays; there is no object per node.
 */
export class Level {
  readonly process: ManagedProcess;
  readonly tree: string;
  /** Next coarser and next finer process of the tree. */
  readonly parent: Level | undefined;
  child: Level | undefined;
  /** Ordinal of index 0. */
  readonly first: number;
  size = 0;

  /** Unfinished nodes, by their own state: what the scheduler has to see to. */
  readonly active = new IndexSet();
  /**
   * Nodes that are not finished for a job that waits for their period: the job that covers it is not. The same set as
   * `active` where every period runs itself.
   */
  readonly open: IndexSet;
  /** Active nodes without a unit of work that are worth a look; see `wake`. */
  readonly candidates = new IndexSet();
  /** Active nodes that only the next tick of the trigger can bring further; see `rouse`. */
  readonly resting = new Set<number>();
  readonly #units = new Map<number, LiveUnit>();
  /** Failed looks at an empty source, by index. */
  readonly failures = new Map<number, number>();

  readonly #groupOf: GroupFinder | undefined;
  #flags = new Uint8Array(0);
  #versions = new Uint32Array(0);
  #uowCounts = new Uint32Array(0);
  /** Unfinished direct children; standings in the subtree. Only where there are finer levels. */
  #openChildren = new Uint32Array(0);
  #subtree = new Uint32Array(0);
  /** All nodes of the level by standing. */
  readonly totals = new Uint32Array(STANDINGS);

  constructor({ process, tree, parent, start, groupings }: LevelOptions) {
    this.process = process;
    this.tree = tree;
    this.parent = parent;
    this.first = ordinalAt(process.qualifier, start);
    const history = groupings ?? [{ since: null, grouping: process.grouping }];
    this.#groupOf = groupFinder(process.qualifier, history);
    this.open = this.#groupOf === undefined ? this.active : new IndexSet();
  }

  timeperiod(index: number): Timeperiod {
    return fromOrdinal(this.process.qualifier, this.first + index);
  }

  /** Index of a timeperiod; may lie outside 0..size-1. Throws `InvalidTimeperiodError`. */
  indexOf(timeperiod: Timeperiod): number {
    return ordinal(this.process.qualifier, timeperiod) - this.first;
  }

  /** Index of the period around an instant; may lie outside 0..size-1. */
  indexAt(instant: number): number {
    return ordinalAt(this.process.qualifier, instant) - this.first;
  }

  /** Start of the period, ms; `startAt(index + 1)` is its end. */
  startAt(index: number): number {
    return startOf(this.process.qualifier, this.first + index);
  }

  /** Index of the label: of the period whose job covers this one, itself where it runs itself. It may not exist yet. */
  labelOf(index: number): number {
    return this.#groupOf === undefined ? index : this.#groupOf(this.first + index)[1] - this.first;
  }

  /** Nodes that share a job with this one, the label being the last of them. */
  groupOf(index: number): Range {
    if (this.#groupOf === undefined) return { from: index, to: index + 1 };
    const [first, label] = this.#groupOf(this.first + index);
    return { from: Math.max(0, first - this.first), to: label + 1 - this.first };
  }

  /** The periods `[start, end)` that the job of this one covers, those before the first node as well. */
  spanOf(index: number) {
    const [first, label] = this.#groupOf?.(this.first + index) ?? [this.first + index, this.first + index];
    const { qualifier } = this.process;
    return { start: fromOrdinal(qualifier, first), end: fromOrdinal(qualifier, label + 1) };
  }

  state(index: number): JobState {
    return jobStates[(this.#flags[index] ?? 0) & STATE] as JobState;
  }

  isFinished(index: number): boolean {
    return finishedCodes[(this.#flags[index] ?? 0) & STATE] === true;
  }

  redo(index: number): boolean {
    return ((this.#flags[index] ?? 0) & REDO) !== 0;
  }

  version(index: number): number {
    return this.#versions[index] ?? 0;
  }

  uowCount(index: number): number {
    return this.#uowCounts[index] ?? 0;
  }

  /** Direct children that are not finished, of all periods that the job of this one covers. */
  openChildren(index: number): number {
    const { from, to } = this.groupOf(index);
    let sum = 0;
    for (let i = from; i < to; i++) sum += this.#openChildren[i] ?? 0;
    return sum;
  }

  /** Units of work in charge of unfinished jobs, by index; see `setUnit`. */
  get units(): ReadonlyMap<number, LiveUnit> {
    return this.#units;
  }

  standing(index: number): Standing {
    return standingOf(this.state(index), this.#units.get(index));
  }

  /** How many nodes below this one stand so. */
  below(index: number, standing: Standing): number {
    return this.#subtree[index * STANDINGS + standingCode(standing)] ?? 0;
  }

  /** Index of the parent; only where there is one. */
  parentOf(index: number): number {
    return (this.parent as Level).indexAt(this.startAt(index));
  }

  /** Indices of the children that exist, of this period alone. */
  childrenOf(index: number): Range {
    return this.#childrenIn({ from: index, to: index + 1 });
  }

  /** Indices of the children that exist, of all periods that the job of this one covers. */
  coveredChildren(index: number): Range {
    return this.#childrenIn(this.groupOf(index));
  }

  #childrenIn(periods: Range): Range {
    const { child } = this;
    if (child === undefined) return { from: 0, to: 0 };
    const from = Math.max(0, child.indexAt(this.startAt(periods.from)));
    return { from, to: Math.max(from, Math.min(child.size, child.indexAt(this.startAt(periods.to)))) };
  }

  /** Units REQUESTED or IN_PROGRESS: slots in use. */
  slotsUsed(): number {
    let used = 0;
    for (const unit of this.#units.values()) if (isUowHolding(unit.state)) used++;
    return used;
  }

  /** Adds EMBRYO nodes up to `size`. Coarser levels must have grown before. */
  grow(size: number): void {
    const old = this.size;
    if (size <= old) return;
    this.#reserve(size);
    this.size = size;
    this.active.addRange(old, size);
    if (this.open !== this.active) this.open.addRange(old, size);
    this.candidates.addRange(old, size);
    this.totals[0] = (this.totals[0] ?? 0) + size - old;
    this.#announceGrowth(old, size);
  }

  #reserve(size: number): void {
    const room = this.#flags.length === 0 ? size : Math.max(size, Math.ceil(this.#flags.length * 1.5));
    if (this.#flags.length >= size) return;
    const wider = <T extends Uint8Array | Uint32Array>(fresh: T, old: T): T => (fresh.set(old), fresh);
    this.#flags = wider(new Uint8Array(room), this.#flags);
    this.#versions = wider(new Uint32Array(room), this.#versions);
    this.#uowCounts = wider(new Uint32Array(room), this.#uowCounts);
    this.active.reserve(room);
    this.open.reserve(room);
    this.candidates.reserve(room);
    if (this.child === undefined) return;
    this.#openChildren = wider(new Uint32Array(room), this.#openChildren);
    this.#subtree = wider(new Uint32Array(room * STANDINGS), this.#subtree);
  }

  /** Counts new EMBRYO nodes into the levels above, a parent at a time. */
  #announceGrowth(from: number, to: number): void {
    for (let above = this.parent; above !== undefined; above = above.parent) {
      for (let index = from; index < to;) {
        const owner = above.indexAt(this.startAt(index));
        const end = Math.min(to, this.indexAt(above.startAt(owner + 1)));
        above.#subtree[owner * STANDINGS] = (above.#subtree[owner * STANDINGS] ?? 0) + end - index;
        if (above === this.parent)
          above.#openChildren[owner] = (above.#openChildren[owner] ?? 0) + end - index;
        index = end;
      }
    }
  }

  /** Sets what a job is and keeps sets and counts of this and all coarser levels true. */
  set(index: number, job: JobFields): void {
    const before = (this.#flags[index] ?? 0) & STATE;
    const after = jobStateCode(job.state);
    const stood = this.standing(index);
    this.#flags[index] = after | (job.redo ? REDO : 0);
    this.#versions[index] = job.version;
    this.#uowCounts[index] = job.uowCount;
    if (before === after) return;
    const wasFinished = finishedCodes[before] === true;
    const isFinished = finishedCodes[after] === true;
    if (isFinished) this.#units.delete(index);
    this.#recount(index, stood);
    if (wasFinished === isFinished) return;
    if (isFinished) {
      this.active.delete(index);
      this.candidates.delete(index);
      this.resting.delete(index);
      this.failures.delete(index);
    } else {
      this.active.add(index);
    }
    this.#answer(index, isFinished);
  }

  /** A job ended, or is to be done again: and with it, for those who ask, every period that it covers. */
  #answer(index: number, isFinished: boolean): void {
    const { from, to } = this.groupOf(index);
    if (index !== to - 1) return;
    for (let i = from; i < to && this.open !== this.active; i++) {
      if (isFinished) this.open.delete(i);
      else this.open.add(i);
    }
    // A group never reaches beyond the period around it, so all of it has one parent.
    if (this.parent !== undefined)
      this.parent.#openChild(this.parentOf(index), isFinished ? from - to : to - from);
  }

  /** Puts a unit of work in charge of a job, or with undefined none, and keeps the counts true. */
  setUnit(index: number, unit: LiveUnit | undefined): void {
    const stood = this.standing(index);
    if (unit === undefined) this.#units.delete(index);
    else this.#units.set(index, unit);
    this.#recount(index, stood);
  }

  #openChild(index: number, delta: number): void {
    this.#openChildren[index] = (this.#openChildren[index] ?? 0) + delta;
  }

  /** Moves a node in the counts from how it stood to how it stands. */
  #recount(index: number, stood: Standing): void {
    const stands = this.standing(index);
    if (stands === stood) return;
    const [before, after] = [standingCode(stood), standingCode(stands)];
    this.totals[before] = (this.totals[before] ?? 0) - 1;
    this.totals[after] = (this.totals[after] ?? 0) + 1;
    const start = this.startAt(index);
    for (let above = this.parent; above !== undefined; above = above.parent) {
      const base = above.indexAt(start) * STANDINGS;
      above.#subtree[base + before] = (above.#subtree[base + before] ?? 0) - 1;
      above.#subtree[base + after] = (above.#subtree[base + after] ?? 0) + 1;
    }
  }
}
