import { applyTransition, liveUnit, nodeOfRow } from '../domain/timetable/apply-transition.ts';
import type { Clock } from '../domain/clock.ts';
import type { JobKey, TransitionRecord } from '../domain/model/record.ts';
import type { Level } from '../domain/timetable/level.ts';
import { growTimetable, keyOf, reconsider } from '../domain/timetable/timetable.ts';
import type { Node, Timetable } from '../domain/timetable/timetable.ts';
import type { JournalReach, Store } from '../db/store.ts';
import { refreshNode } from './engine/load-timetable.ts';

/** Rows that are read at once, and units. */
const PAGE = 1_000;
/** Jobs that are read at a time. */
const AT_ONCE = 50;

/** What a timetable is followed by. */
export interface Followed {
  readonly store: Pick<Store, 'journal' | 'journalReach' | 'job' | 'uows'>;
  readonly timetable: Timetable;
  readonly timetableClock: Clock;
  /** How far the journal went before the timetable was loaded. */
  readonly since: JournalReach;
}

/** Some nodes, each once. */
const createNodes = () => {
  const byLevel = new Map<Level, Set<number>>();
  return {
    add: ({ level, index }: Node): void => {
      byLevel.set(level, (byLevel.get(level) ?? new Set()).add(index));
    },
    list: (): Node[] =>
      [...byLevel].flatMap(([level, indices]) => [...indices].map((index) => ({ level, index }))),
    clear: (): void => byLevel.clear(),
  };
};

/** Neighbours as one: a look asks for each of them. */
const joined = (open: JournalReach['open']): JournalReach['open'] => {
  const spans: { first: number; end: number }[] = [];
  for (const { first, end } of [...open].sort((a, b) => a.first - b.first)) {
    const last = spans.at(-1);
    if (last !== undefined && first <= last.end) last.end = Math.max(last.end, end);
    else spans.push({ first, end });
  }
  return spans;
};

/**
 * Makes a timetable follow the journal. Rows of changes that were under way at the last look may have shown up since between
 * those that were read: so their places are read again, look by look, until their changes are finished. A row that was
 * taken over before is known by the version of its job. Units of work in charge are read, since the journal does not tell all of
 * them, and so is a job of which a row seems to be missing, and one whose period has come since. What is kept beside the
 * timetable is as large as the changes that are under way.
 */
export class Follower {
  readonly #store: Followed['store'];
  readonly #timetable: Timetable;
  readonly #timetableClock: Clock;
  #reach: JournalReach;
  /** Jobs to be read from the store, and jobs whose units are. */
  readonly #doubtful = createNodes();
  readonly #moved = createNodes();

  constructor({ store, timetable, timetableClock, since }: Followed) {
    this.#store = store;
    this.#timetable = timetable;
    this.#timetableClock = timetableClock;
    this.#reach = since;
  }

  /** Takes over what the journal tells since the last look; returns the jobs that it told of. One that rejects loses nothing: the next one does its work. */
  async look(): Promise<readonly JobKey[]> {
    this.#grow();
    // First: what is written from now on lies behind it, or in a place that is open.
    const reach = await this.#store.journalReach();
    for (const { first, end } of joined(this.#reach.open)) await this.#takeRows(first, end);
    await this.#takeRows(this.#reach.end + 1, reach.end + 1);
    const changed = [...this.#doubtful.list(), ...this.#moved.list()].map(keyOf);
    await this.#readJobs();
    await this.#readUnits();
    this.#reach = reach;
    return changed;
  }

  #grow(): void {
    const levels = [...this.#timetable.levels.values()];
    const sizes = levels.map(({ size }) => size);
    growTimetable(this.#timetable, this.#timetableClock.now());
    // Clocks differ: their jobs may have begun already.
    for (const [i, level] of levels.entries())
      for (let index = sizes[i] ?? 0; index < level.size; index++) this.#doubtful.add({ level, index });
  }

  /** Takes the rows of places `[from, to)`. */
  async #takeRows(from: number, to: number): Promise<void> {
    for (let after = from - 1, size = PAGE; size === PAGE;) {
      const rows = await this.#store.journal({ after, before: to, limit: PAGE });
      for (const row of rows) this.#take(row);
      after = rows.at(-1)?.sequence ?? after;
      size = rows.length;
    }
  }

  #take(row: TransitionRecord): void {
    const node = nodeOfRow(this.#timetable, row);
    if (node === undefined) return;
    const { level, index } = node;
    if (row.entityKind === 'uow') {
      this.#moved.add(node);
      // Its job may have been read when the unit was not there yet.
      if (!level.isFinished(index) && level.units.get(index)?.id !== row.entityId) this.#doubtful.add(node);
      return;
    }
    const known = level.version(index);
    if (row.version <= known) return;
    this.#moved.add(node);
    if (row.version > known + 1) this.#doubtful.add(node);
    else applyTransition(this.#timetable, row);
  }

  async #readJobs(): Promise<void> {
    const parts = { store: this.#store, timetable: this.#timetable };
    const read = async (node: Node): Promise<void> => {
      await refreshNode(parts, node);
      reconsider(node);
    };
    const nodes = this.#doubtful.list();
    for (let from = 0; from < nodes.length; from += AT_ONCE)
      await Promise.all(nodes.slice(from, from + AT_ONCE).map(read));
    this.#doubtful.clear();
  }

  async #readUnits(): Promise<void> {
    const nodes = new Map(
      this.#moved.list().map((node) => [node.level.units.get(node.index)?.id ?? '', node]),
    );
    nodes.delete('');
    const ids = [...nodes.keys()];
    for (let from = 0; from < ids.length; from += PAGE)
      for (const uow of await this.#store.uows(ids.slice(from, from + PAGE))) {
        const node = nodes.get(uow.id) as Node;
        node.level.setUnit(node.index, liveUnit(uow));
        reconsider(node);
      }
    this.#moved.clear();
  }
}
