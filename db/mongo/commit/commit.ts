import { lowestEpoch } from '../../epoch.ts';
import type { Store, WriteGroup } from '../../store.ts';
import { findByIds } from '../find-by-ids.ts';
import { recordNames, withoutPending } from '../records.ts';
import type { JobDoc, RecordDoc, RecordWrite, UowDoc, VersionedDoc } from '../records.ts';
import { bulkWrite } from './bulk-write.ts';
import type { Change, RecordsOf, WritingParts } from './changes.ts';
import { pauseBefore } from './contention.ts';
import { isVersioned, keyOf, stageWrite, targetOf, toRecordWrite } from './staged-record.ts';
import type { StagedRecord } from './staged-record.ts';

/*
 * How MongoDB is written to: groups of writes that are applied as a whole or not at all, with their rows of the journal,
 * by nothing but atomic updates of single documents. So it works on any topology, and a process that is killed holds
 * nothing up. (A transaction would: what it has written stays locked until the server ends it, after 60 s unless it was
 * told otherwise; a standalone has none.) There are three things to know.
 *
 * A *change* is one write of one record, on the version that was read. It decides for its group: it happens, and then all
 * of the group will, or it meets another version, and then nothing of it. It is a unit of work's where the group changes
 * one that exists: workers claim and report on units at any time, while only the scheduler, of which there is one,
 * changes jobs. So what follows the change can fail no more, save for groups that change two units, which the scheduler
 * never makes.
 *
 * What is *pending* after a change lies in the changed record itself, in the same write: its rows of the journal and the
 * other writes of its group. All of it can be done again by any writer without harm: rows are known by their numbers,
 * writes by the version they apply to.
 *
 * A *block* is a run of numbers of the journal, reserved for the changes of one call. It is on record, in the document
 * `sequence`, from before they are made until nothing of them is pending. So whatever a crash leaves half written lies
 * in a block on record, and a record whose number is in none has nothing pending.
 *
 * A call goes through five steps; what it could not decide, since another writer was faster, goes through them again.
 *
 *   1. Reserve a block, and read the records; both at once. A record of a collection that was read just now is taken as it
 *      was seen then, should its version be the one the change applies to.
 *   2. Is anything pending in what was read, by the blocks on record? Do it, give the block up, begin anew.
 *   3. Apply the groups in memory: a conflict is answered here, with nothing written.
 *   4. Make the changes, in one bulk for each collection. When the answer is lost they are sent again, and then looked
 *      for: no other change has its number.
 *   5. Do what is pending, and strike the block off the record, with the next reservation or a second later.
 *
 * `repair` does what is pending in the records of all blocks on record. A block is of no use after two minutes, and is
 * struck off by a repair after ten: no change can come any more that it would have to be on record for. A scheduler that
 * was deposed may use what it reserved before; all such blocks come before those of the next epoch, whose scheduler
 * finishes them first (step 2), lest it decide upon a unit whose job was about to follow.
 *
 * Claims and reports of workers (`claims.ts`) are changes of one unit each, with a row of the journal pending.
 */

export const createCommit = (parts: WritingParts): Pick<Store, 'commit'> => ({
  commit: async (groups) => {
    const epoch = lowestEpoch(groups);
    const outcomes = new Map<number, 'applied' | 'conflict'>();
    for (let round = 0; outcomes.size < groups.length; round++) {
      await pauseBefore(round);
      const open = [...groups.entries()].filter(([index]) => !outcomes.has(index));
      await commitRound(parts, { groups: firstOnTheirRecords(open), epoch }, outcomes);
    }
    return groups.map((_, index) => outcomes.get(index) ?? 'conflict');
  },
});

type Numbered = readonly [number, WriteGroup];

/** Groups that concern no record of a group before them; the others wait for the next round, to see what these did. */
const firstOnTheirRecords = (open: readonly Numbered[]): readonly Numbered[] => {
  const concerned = new Set<string>();
  return open.filter(([, { writes }]) => {
    const keys = writes.map((write) => keyOf(targetOf(write)));
    const isFirst = !keys.some((key) => concerned.has(key));
    for (const key of keys) concerned.add(key);
    return isFirst;
  });
};

const countChanges = ({ writes }: WriteGroup): number => writes.filter(isVersioned).length;

/** Decides what can be decided; a group that lost a race against another writer stays for the next round. */
const commitRound = async (
  { connection, changes, sequence }: WritingParts,
  { groups, epoch }: { readonly groups: readonly Numbered[]; readonly epoch: number },
  outcomes: Map<number, 'applied' | 'conflict'>,
): Promise<void> => {
  const count = groups.reduce((sum, [, group]) => sum + countChanges(group), 0);
  const [block, view] = await Promise.all([
    sequence.reserve(count, epoch),
    readView({ connection, changes }, groups),
  ]);
  // A note is written whatever is pending: units that are claimed all the time would else be waited for.
  if (count > 0 && !(await changes.areReady(recordsIn(view), block))) return;

  const staged: Staged[] = [];
  let place = block.first;
  for (const [index, group] of groups) {
    const records = stageGroup(group, view, place);
    place += countChanges(group);
    if (records === undefined) outcomes.set(index, 'conflict');
    else staged.push({ index, ...toChange(records) });
  }
  const [made] = await Promise.all([
    changes.make(
      staged.flatMap(({ change }) => change ?? []),
      block,
    ),
    bulkWrite(
      connection,
      staged.flatMap(({ notes }) => notes),
    ),
  ]);
  for (const { index, change } of staged)
    if (change === undefined || made.has(change)) outcomes.set(index, 'applied');
};

type View = ReadonlyMap<string, StagedRecord>;

const recordsIn = (view: View): RecordsOf[] =>
  recordNames.map((name) => [
    name,
    [...view.values()].flatMap((record): RecordDoc[] =>
      record.name === name && record.seen ? [record.seen] : [],
    ),
  ]);

/** Entries that programs before stored lack these. */
const unversioned: object = { version: 0, place: 0 };

const readView = async (
  { connection, changes }: Pick<WritingParts, 'connection' | 'changes'>,
  groups: readonly Numbered[],
): Promise<View> => {
  const untouched = { seen: undefined, now: undefined, set: {}, rows: [] };
  const writes = groups.flatMap(([, group]) => group.writes);
  const view = new Map(
    writes
      .map(targetOf)
      .map((target): [string, StagedRecord] => [keyOf(target), { ...target, ...untouched }]),
  );
  const put = (name: string, doc: RecordDoc): void => {
    const record = { ...unversioned, ...doc } as JobDoc | UowDoc | VersionedDoc;
    const target = { name, id: doc._id };
    view.set(keyOf(target), { ...untouched, ...target, seen: record, now: record });
  };
  for (const write of writes) {
    if (write.kind !== 'record') continue;
    const { name, id } = targetOf(write);
    const doc = changes.seen.recall(name, id);
    if (doc !== undefined && doc.version === write.before?.version) put(name, doc);
  }
  const read = async (name: (typeof recordNames)[number]): Promise<void> => {
    const unknown = [...view.values()].filter((record) => record.name === name && record.seen === undefined);
    const records = connection.records(name);
    const ids = unknown.map(({ id }) => id);
    const found = await connection.ride(() => findByIds(records, ids, { projection: withoutPending }));
    for (const doc of found) put(name, doc);
  };
  await Promise.all(recordNames.map(read));
  return view;
};

/** What the records of a group become, with the numbers from `first` on; undefined is a conflict. */
const stageGroup = ({ writes, cause }: WriteGroup, view: View, first: number): StagedRecord[] | undefined => {
  const staged = new Map<string, StagedRecord>();
  let place = first;
  for (const write of writes) {
    const key = keyOf(targetOf(write));
    const before = staged.get(key) ?? view.get(key);
    const after = before && stageWrite(before, write, { cause, place });
    if (after === undefined) return undefined;
    staged.set(key, after);
    if (isVersioned(write)) place++;
  }
  return [...staged.values()];
};

interface Staged {
  readonly index: number;
  /** Decides for all of the group; undefined where that consists of notes. */
  readonly change: Change | undefined;
  readonly notes: readonly RecordWrite[];
}

const toChange = (records: readonly StagedRecord[]): Omit<Staged, 'index'> => {
  const versioned = records.filter(({ rows }) => rows.length > 0);
  const deciding =
    versioned.find(({ name, seen }) => name === 'unit_of_work' && seen !== undefined) ?? versioned[0];
  const rest = records
    .filter((record) => record !== deciding)
    .flatMap((record) => toRecordWrite(record) ?? []);
  const write = deciding && toRecordWrite(deciding);
  if (write === undefined || write.kind === 'note') return { change: undefined, notes: rest };
  const rows = versioned.flatMap((record) => record.rows);
  return { change: { write, pending: { place: deciding?.now?.place ?? 0, rows, rest } }, notes: [] };
};
