import { lowestEpoch } from '../../epoch.ts';
import type { Store, WriteGroup } from '../../store.ts';
import type { WriteAhead, Intent } from './write-ahead.ts';
import { stageWrite, isVersioned, keyOf, targetOf, toRecordWrite } from './staged-record.ts';
import type { StagedRecord } from './staged-record.ts';
import { findByIds } from '../find-by-ids.ts';
import type { MongoConnection } from '../connection.ts';
import { recordNames, withoutPending } from '../records.ts';
import type { JobDoc, RecordDoc, RecordName, RecordWrite, UowDoc } from '../records.ts';
import { pauseBefore } from './contention.ts';
import type { Reservation, JournalSequence } from './journal-sequence.ts';

/** Groups whose records overlap, and what they come to together. */
interface Cluster {
  readonly groups: readonly number[];
  readonly drafts: ReadonlyMap<string, StagedRecord>;
}

interface Settings {
  readonly connection: MongoConnection;
  readonly writeAhead: WriteAhead;
  readonly sequence: JournalSequence;
}

/**
 * Applies groups of writes. All records concerned are read first, and the groups applied in memory, one after the
 * other: so a conflict is answered without anything being written. What is left is one change for each record, and
 * for groups of several records one change that decides for all of them.
 *
 * That one is a unit of work's, when the group changes one: workers claim units and report on them at any time,
 * while only the scheduler changes jobs, of which there is one, see `isReady`. So what follows the
 * deciding change can fail no more, save for groups with two changes of units, which the scheduler never makes.
 */
export const createCommit = (settings: Settings): Pick<Store, 'commit'> => ({
  commit: async (groups) => {
    const outcomes = new Map<number, 'applied' | 'conflict'>();
    for (let round = 0; outcomes.size < groups.length; round++) {
      await pauseBefore(round);
      const open = [...groups.entries()].filter(([index]) => !outcomes.has(index));
      await commitRound(settings, open, outcomes);
    }
    return groups.map((_, index) => outcomes.get(index) ?? 'conflict');
  },
});

type Numbered = readonly [number, WriteGroup];

/** Decides what can be decided; a group that lost a race against another writer stays for the next round. */
const commitRound = async (
  { connection, writeAhead, sequence }: Settings,
  groups: readonly Numbered[],
  outcomes: Map<number, 'applied' | 'conflict'>,
): Promise<void> => {
  const writes = groups.flatMap(([, group]) => group.writes);
  const count = writes.filter(isVersioned).length;
  const epoch = lowestEpoch(groups.map(([, group]) => group));
  const [block, view] = await Promise.all([
    count === 0 ? sequence.refuseEarlier(epoch) : sequence.reserve(count, epoch),
    readView(connection, writes.map(targetOf)),
  ]);
  if (block !== undefined && !(await isReady(writeAhead, block, view))) {
    sequence.finish(block);
    return;
  }

  const { accepted, refused } = draftGroups(groups, view, block?.first ?? 0);
  for (const index of refused) outcomes.set(index, 'conflict');
  const plans = clustersOf(accepted).map(toPlan);
  const applied = await carryOut(writeAhead, plans, block);
  for (const index of applied.flatMap(({ groups: ofCluster }) => ofCluster)) outcomes.set(index, 'applied');
};

type View = ReadonlyMap<string, StagedRecord>;

const recordsIn = (view: View, name: RecordName): RecordDoc[] =>
  [...view.values()].flatMap((draft) => (draft.name === name && draft.seen ? [draft.seen] : []));

/**
 * Whether the records can be changed as they were seen: nothing in them is unfinished, no number too low.
 *
 * A scheduler that was deposed may still carry out what it reserved numbers for before. Its changes fit records that
 * no writer has changed since, and come before all of this epoch in the journal. It may end in the middle of them, with a
 * unit changed and the job not yet, and no repair to come before this scheduler sees the unit and moves the job for it:
 * so all that was begun by then is finished first.
 */
const isReady = async (writeAhead: WriteAhead, block: Reservation, view: View): Promise<boolean> => {
  const mended = await writeAhead.settleBlocks(block.earlier);
  const settled = await Promise.all(
    recordNames.map((name) => writeAhead.settle(name, recordsIn(view, name), block)),
  );
  // A row with a number below the one before would come before it in the journal.
  const isInOrder = [...view.values()].every(({ seen }) => (seen?.place ?? 0) < block.first);
  return mended === 0 && !settled.includes(true) && isInOrder;
};

const readView = async (
  connection: MongoConnection,
  targets: readonly Pick<StagedRecord, 'name' | 'id'>[],
): Promise<View> => {
  const view = new Map(
    targets.map((target): [string, StagedRecord] => [
      keyOf(target),
      { ...target, seen: undefined, now: undefined, set: {}, rows: [] },
    ]),
  );
  const read = async (name: RecordName): Promise<void> => {
    const ids = [...view.values()].filter((draft) => draft.name === name).map(({ id }) => id);
    if (ids.length === 0) return;
    const found = await connection.ride(() =>
      findByIds(connection.collection<JobDoc | UowDoc>(name), ids, { projection: withoutPending }),
    );
    for (const seen of found) {
      const target = { name, id: seen._id };
      view.set(keyOf(target), { ...target, seen, now: seen, set: {}, rows: [] });
    }
  };
  await Promise.all([read('job'), read('unit_of_work')]);
  return view;
};

interface Accepted {
  readonly index: number;
  readonly drafts: ReadonlyMap<string, StagedRecord>;
}

/** Applies the groups in memory; each sees what those before it did. */
const draftGroups = (
  groups: readonly Numbered[],
  view: View,
  first: number,
): { accepted: Accepted[]; refused: number[] } => {
  const current = new Map(view);
  const accepted: Accepted[] = [];
  const refused: number[] = [];
  let place = first;
  for (const [index, { writes, cause }] of groups) {
    const drafts = new Map<string, StagedRecord>();
    const fits = writes.every((write) => {
      const key = keyOf(targetOf(write));
      const before = drafts.get(key) ?? current.get(key);
      const after = before && stageWrite(before, write, { cause, place });
      if (after === undefined) return false;
      drafts.set(key, after);
      if (isVersioned(write)) place++;
      return true;
    });
    if (!fits) refused.push(index);
    else {
      accepted.push({ index, drafts });
      for (const [key, draft] of drafts) current.set(key, draft);
    }
  }
  return { accepted, refused };
};

/** Puts together groups that concern the same record. */
const clustersOf = (accepted: readonly Accepted[]): Cluster[] => {
  const clusters = new Set<Cluster>();
  const byRecord = new Map<string, Cluster>();
  for (const { index, drafts } of accepted) {
    const joined = new Set([...drafts.keys()].flatMap((key) => byRecord.get(key) ?? []));
    for (const cluster of joined) clusters.delete(cluster);
    const cluster = {
      groups: [...[...joined].flatMap((each) => each.groups), index],
      drafts: new Map([...[...joined].flatMap((each) => [...each.drafts]), ...drafts]),
    };
    clusters.add(cluster);
    for (const key of cluster.drafts.keys()) byRecord.set(key, cluster);
  }
  return [...clusters];
};

/** What is to be done for a cluster. */
interface Plan {
  readonly groups: readonly number[];
  /** Decides for all of it; undefined where there are only notes. */
  readonly intent: Intent | undefined;
  readonly notes: readonly RecordWrite[];
}

const toPlan = ({ groups, drafts }: Cluster): Plan => {
  const all = [...drafts.values()];
  const versioned = all.filter(({ rows }) => rows.length > 0);
  const guard =
    versioned.find(({ name, seen }) => name === 'unit_of_work' && seen !== undefined) ?? versioned[0];
  const rest = all.filter((draft) => draft !== guard).flatMap((draft) => toRecordWrite(draft) ?? []);
  const step = guard && toRecordWrite(guard);
  if (step === undefined || step.kind === 'note') return { groups, intent: undefined, notes: rest };
  const rows = versioned.flatMap((draft) => draft.rows);
  const place = guard?.now?.place ?? 0;
  return { groups, intent: { step, pending: { place, rows, rest } }, notes: [] };
};

/** Returns those that happened. */
const carryOut = async (
  writeAhead: WriteAhead,
  plans: readonly Plan[],
  block: Reservation | undefined,
): Promise<Plan[]> => {
  const intents = plans.flatMap(({ intent }) => intent ?? []);
  const [applied] = await Promise.all([
    block === undefined ? new Set<Intent>() : writeAhead.carryOut(intents, block),
    writeAhead.take(plans.flatMap(({ notes }) => notes)),
  ]);
  return plans.filter(({ intent }) => intent === undefined || applied.has(intent));
};
