import { KEPT_REJECTED, rejectionReason } from '../../db/rejection.ts';
import type { Claim, Held, RejectedReport } from '../../db/store.ts';
import type { Report } from '../../domain/model/report.ts';
import { nextUowState } from '../../domain/machine/transition.ts';
import type { TransitionRecord, UowRecord } from '../../domain/model/record.ts';
import { beginsAt } from '../../domain/freerun/lead.ts';
import { workerActor } from '../../domain/model/actor.ts';
import { settle } from './commit.ts';
import { putTransition, setUnit } from './memory.ts';
import type { Memory, UnitRow } from './memory.ts';

type Said = Pick<TransitionRecord, 'event' | 'at' | 'actor' | 'reason'>;

/** Moves a unit and journals it, under the unit's epoch. */
const move = (memory: Memory, row: UnitRow, set: Partial<UowRecord>, said: Said): UowRecord => {
  const { id: entityId, state: from, version } = row.uow;
  const { uow } = setUnit(memory, row, { ...set, version: version + 1 });
  putTransition(memory, {
    sequence: ++memory.sequence,
    entityKind: 'uow',
    entityId,
    version: uow.version,
    from,
    to: uow.state,
    epoch: row.epoch,
    attempt: uow.attempt,
    ...said,
  });
  return uow;
};

export const claimUnits = (
  memory: Memory,
  ids: readonly string[],
  { owner, expiresAt, now }: Claim,
  newToken: () => string,
): UowRecord[] => {
  const wanted = new Set(ids);
  settle(memory, wanted);
  const won: UowRecord[] = [];
  for (const id of wanted) {
    const row = memory.units.get(id);
    if (row?.uow.state !== 'REQUESTED') continue;
    const set = {
      state: 'IN_PROGRESS',
      attempt: row.uow.attempt + 1,
      token: newToken(),
      lease: { owner, expiresAt },
      startedAt: beginsAt(row.uow, now),
      finishedAt: null,
      progress: null,
    } as const;
    const said = { event: 'claim', at: now, actor: workerActor(owner), reason: null } as const;
    won.push(move(memory, row, set, said));
  }
  return won;
};

/** Sets the end of all leases of an owner; returns the ids. */
export const renewUnits = (memory: Memory, owner: string, expiresAt: number): string[] => {
  const held = [...memory.unfinished.values()].filter(
    ({ uow }) => uow.state === 'IN_PROGRESS' && uow.lease?.owner === owner,
  );
  for (const row of held) setUnit(memory, row, { lease: { owner, expiresAt } });
  return held.map(({ uow }) => uow.id);
};

/** The same for the units whose tokens are shown. */
export const renewShown = (memory: Memory, held: readonly Held[], expiresAt: number): string[] =>
  held.flatMap(({ id, token }) => {
    const row = memory.units.get(id);
    const lease = row?.uow.lease;
    if (row?.uow.state !== 'IN_PROGRESS' || row.uow.token !== token || !lease) return [];
    setUnit(memory, row, { lease: { ...lease, expiresAt } });
    return [id];
  });

const reject = (memory: Memory, report: Report, rejection: Pick<RejectedReport, 'at' | 'owner'>): void => {
  const because = rejectionReason(report, memory.units.get(report.id)?.uow);
  const { id, attempt, token, event, processed, aggregated, error, retryAt } = report;
  const kept = { id, attempt, token, event, processed, aggregated, error, retryAt };
  const ofUnit = memory.rejected.filter((other) => other.id === id);
  const old = new Set(ofUnit.slice(0, Math.max(0, ofUnit.length + 1 - KEPT_REJECTED)));
  const earlier = (ofUnit.at(-1)?.earlier ?? 0) + old.size;
  if (old.size > 0) memory.rejected = memory.rejected.filter((other) => !old.has(other));
  const sequence = (memory.rejected.at(-1)?.sequence ?? 0) + 1;
  memory.rejected.push({ ...kept, ...rejection, because, earlier, sequence });
};

/** Whether a report is of the holder of the unit. */
export type FenceRule = (uow: UowRecord, report: Report) => boolean;

export const byAttemptAndToken: FenceRule = (uow, { attempt, token }) =>
  uow.state === 'IN_PROGRESS' && uow.attempt === attempt && uow.token === token;

export const applyReport = (
  memory: Memory,
  report: Report,
  rejection: Pick<RejectedReport, 'at' | 'owner'>,
  fence: FenceRule,
): 'applied' | 'rejected' => {
  const { id, event, processed, aggregated, error, retryAt, crashes = 0, released } = report;
  settle(memory, new Set([id]));
  const row = memory.units.get(id);
  if (row === undefined || !fence(row.uow, report)) {
    reject(memory, report, rejection);
    return 'rejected';
  }
  const { at, owner } = rejection;
  const set = {
    state: nextUowState(id, row.uow.state, event),
    lease: null,
    finishedAt: event === 'repost' ? null : at,
    processed,
    aggregated,
    error,
    retryAt,
    crashes,
    ...(released && { released }),
    ...(event === 'repost' ? { submittedAt: at } : {}),
  };
  move(memory, row, set, { event, at, actor: workerActor(owner), reason: error });
  return 'applied';
};
