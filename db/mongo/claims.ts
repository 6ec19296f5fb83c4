import { randomBytes } from 'node:crypto';
import { nextUowState } from '../../domain/machine/transition.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import { beginsAt } from '../../domain/freerun/lead.ts';
import { workerActor } from '../../domain/model/actor.ts';
import { KEPT_REJECTED, rejectionReason } from '../rejection.ts';
import type { Claim, RejectedReport, Store } from '../store.ts';
import type { Report } from '../../domain/model/report.ts';
import type { Change, Changes, WritingParts } from './commit/changes.ts';
import { findByIds } from './find-by-ids.ts';
import { insertNew } from './insert-new.ts';
import { outside } from './outside.ts';
import { toUow, withoutPending } from './records.ts';
import type { UowDoc } from './records.ts';
import { pauseBefore } from './commit/contention.ts';
import type { ReservedBlock } from './commit/journal-sequence.ts';
import { moveUow } from './commit/staged-record.ts';
import type { UowMove, WriteOrder } from './commit/staged-record.ts';
import { without } from './without.ts';

export const REJECTED_REPORT = 'rejected_report';

/** Stored under the place of its arrival. */
export interface RejectedDoc extends Omit<RejectedReport, 'id' | 'earlier'> {
  readonly _id: number;
  readonly uow: string;
  /** Absent in documents of earlier versions. */
  readonly earlier?: number;
}

export const toRejected = (doc: RejectedDoc): RejectedReport => ({
  ...without(doc, '_id', 'uow'),
  id: doc.uow,
  earlier: doc.earlier ?? 0,
});

/** What workers do with units of work. */
export const createClaims = (parts: WritingParts): Pick<Store, 'claim' | 'report' | 'rejectedReports'> => {
  const rejected = parts.connection.collection<RejectedDoc>(REJECTED_REPORT);
  return {
    claim: createClaim(parts),
    report: createReport(parts),
    rejectedReports: async (limit, { uowId, order, after, except } = {}) => {
      const isForward = order === 'oldest';
      const filter = {
        ...(uowId !== undefined && { uow: uowId }),
        ...(after !== undefined && { _id: isForward ? { $gt: after } : { $lt: after } }),
        ...outside('uow', except),
      };
      const found = await parts.connection.ride(() =>
        rejected
          .find(filter)
          .sort({ _id: isForward ? 1 : -1 })
          .limit(limit)
          .toArray(),
      );
      return found.map((doc) => ({ ...toRejected(doc), sequence: doc._id }));
    },
  };
};

/** What a unit is to become, and the change that makes it so. */
interface Move {
  readonly after: UowDoc;
  readonly change: Change;
}

/** Under the epoch of the unit, which stays what it is. */
const toMove = (before: UowDoc, move: UowMove, order: WriteOrder): Move => {
  const { after, set, row } = moveUow(before, move, order);
  const write = {
    kind: 'change',
    name: 'unit_of_work',
    id: before._id,
    version: before.version,
    set,
  } as const;
  return { after, change: { write, pending: { place: order.place, rows: [row], rest: [] } } };
};

/** Reads units and reserves numbers for their changes; undefined when they have to be read again. */
const createLook = ({ connection, changes, sequence }: WritingParts) => {
  const units = connection.collection<UowDoc>('unit_of_work');
  return async (
    ids: readonly string[],
    { state, known = [] }: { readonly state?: UowState; readonly known?: readonly UowDoc[] },
  ): Promise<{ found: ReadonlyMap<string, UowDoc>; block: ReservedBlock } | undefined> => {
    const more = state === undefined ? {} : { state };
    const knownIds = new Set(known.map(({ _id }) => _id));
    const unknown = ids.filter((id) => !knownIds.has(id));
    const [read, block] = await Promise.all([
      connection.ride(() => findByIds(units, unknown, { more, projection: withoutPending })),
      sequence.reserve(ids.length),
    ]);
    const docs = [...known, ...read];
    if (!(await changes.areReady([['unit_of_work', docs]], block))) return undefined;
    return { found: new Map(docs.map((doc) => [doc._id, doc])), block };
  };
};

const createClaim = (parts: WritingParts): Store['claim'] => {
  const look = createLook(parts);

  const claimRound = async (ids: readonly string[], claim: Claim, won: Map<string, UowDoc>) => {
    const seen = await look(ids, { state: 'REQUESTED' });
    if (seen === undefined) return ids;
    const { found, block } = seen;
    const wanted = ids.flatMap((id) => found.get(id) ?? []);
    const moves = wanted.map((before, index) => toClaim(before, claim, block.first + index));
    const made = await parts.changes.make(
      moves.map(({ change }) => change),
      block,
    );
    for (const { change, after } of moves) if (made.has(change)) won.set(after._id, after);
    parts.changes.seen.remember('unit_of_work', [...won.values()]);
    return wanted.map(({ _id }) => _id).filter((id) => !won.has(id));
  };

  return async (ids, claim) => {
    const won = new Map<string, UowDoc>();
    let open: readonly string[] = [...new Set(ids)];
    for (let round = 0; open.length > 0; round++) {
      await pauseBefore(round);
      open = await claimRound(open, claim, won);
    }
    return [...new Set(ids)].flatMap((id) => won.get(id) ?? []).map(toUow);
  };
};

const toClaim = (before: UowDoc, { owner, expiresAt, now }: Claim, place: number): Move => {
  const set = {
    attempt: before.attempt + 1,
    token: randomBytes(16).toString('hex'),
    lease: { owner, expiresAt },
    startedAt: beginsAt(before, now),
    finishedAt: null,
    progress: null,
  };
  const cause = { at: now, actor: workerActor(owner), reason: null, epoch: before.epoch };
  return toMove(before, { to: 'IN_PROGRESS', event: 'claim', set }, { place, cause });
};

const isCurrent = ({ attempt, token }: Report, uow: UowDoc | undefined): uow is UowDoc =>
  uow?.state === 'IN_PROGRESS' && uow.attempt === attempt && uow.token === token;

/** The unit as it was claimed from here, if the report fits. */
const recallClaimed = ({ seen }: Changes, report: Report): UowDoc | undefined => {
  const uow = seen.recall('unit_of_work', report.id) as UowDoc | undefined;
  return isCurrent(report, uow) ? uow : undefined;
};

/** Who reports, and when. */
type Sender = Pick<RejectedReport, 'owner' | 'at'>;

const createReport = (parts: WritingParts): Store['report'] => {
  const look = createLook(parts);
  const keep = createKeepRejected(parts);

  /** Answers what can be answered; the reports on a unit that another writer changed meanwhile stay open. */
  const reportRound = async (
    open: readonly (readonly [number, Report])[],
    sender: Sender,
    because: Map<number, string | null>,
  ): Promise<void> => {
    const known = open.flatMap(([, report]) => recallClaimed(parts.changes, report) ?? []);
    const seen = await look([...new Set(open.map(([, { id }]) => id))], { known });
    if (seen === undefined) return;
    const moves = new Map<string, Move>();
    const verdicts: (readonly [number, Report, string | null])[] = [];
    for (const [index, report] of open) {
      const uow = moves.get(report.id)?.after ?? seen.found.get(report.id);
      const fits = isCurrent(report, uow);
      if (fits) moves.set(report.id, toEnd(uow, report, { sender, place: seen.block.first + moves.size }));
      verdicts.push([index, report, fits ? null : rejectionReason(report, uow)]);
    }
    const made = await parts.changes.make(
      [...moves.values()].map(({ change }) => change),
      seen.block,
    );
    for (const [index, { id }, verdict] of verdicts) {
      const move = moves.get(id);
      if (move === undefined || made.has(move.change)) because.set(index, verdict);
    }
  };

  return async (owner, reports, at) => {
    const because = new Map<number, string | null>();
    for (let round = 0; because.size < reports.length; round++) {
      await pauseBefore(round);
      const open = [...reports.entries()].filter(([index]) => !because.has(index));
      await reportRound(open, { owner, at }, because);
    }
    await keep(
      reports.flatMap((report, index) => {
        const reason = because.get(index) ?? null;
        if (reason === null) return [];
        return { ...without(report, 'crashes', 'released'), at, owner, because: reason };
      }),
    );
    return reports.map((_, index) => (because.get(index) === null ? 'applied' : 'rejected'));
  };
};

const toEnd = (before: UowDoc, report: Report, order: { sender: Sender; place: number }): Move => {
  const { event, processed, aggregated, error, retryAt, crashes = 0, released } = report;
  const { sender, place } = order;
  const { owner, at } = sender;
  const to = nextUowState(report.id, before.state, event);
  const set = {
    ...(event === 'repost' ? { finishedAt: null, submittedAt: at } : { finishedAt: at }),
    processed,
    aggregated,
    error,
    retryAt,
    crashes,
    ...(released && { released }),
    lease: null,
  };
  const cause = { at, actor: workerActor(owner), reason: error, epoch: before.epoch };
  return toMove(before, { to, event, set }, { place, cause });
};

const createKeepRejected = ({ connection, sequence }: WritingParts) => {
  const { ride } = connection;
  const rejected = connection.collection<RejectedDoc>(REJECTED_REPORT);
  return async (reports: readonly Omit<RejectedReport, 'earlier'>[]): Promise<void> => {
    // One after the other: reports on one unit count on what is there.
    for (const { id: uow, ...report } of reports) {
      const kept = await ride(() => rejected.find({ uow }).sort({ _id: -1 }).toArray());
      const old = kept.slice(KEPT_REJECTED - 1).map(({ _id }) => _id);
      const earlier = Math.max(0, ...kept.map((doc) => doc.earlier ?? 0)) + old.length;
      const document = { _id: await sequence.take(), uow, ...report, earlier };
      await ride(() => insertNew(rejected, [document]));
      await ride(() => rejected.deleteMany({ _id: { $in: old } }));
    }
  };
};
