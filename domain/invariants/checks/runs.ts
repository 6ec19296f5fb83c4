import { leave, report } from '../state.ts';
import type { CheckState, Check, CheckedRows } from '../state.ts';
import type { LiveProcess, Sighting } from '../evidence.ts';

/** A claim after which another attempt must be over. */
interface Replacement {
  readonly attempt: number;
  readonly at: number;
  /** The attempt before lost its lease, and needs time to notice. */
  readonly lost: boolean;
}

/** 8: an attempt that was replaced runs on for the kill grace at most, and only when it lost its lease. */
export const createOverlapCheck = (checked: CheckState): Check => {
  const { limits, sightings = [] } = checked.evidence;
  if (limits === undefined) {
    leave(checked, 8, 'needs the kill grace of the settings');
    return {};
  }
  const reposts = new Map<string, { readonly at: number; readonly lost: boolean }>();
  const replacements = new Map<string, Replacement[]>();
  const told = new Set<string>();
  const judge = ({ id, attempt, at }: Sighting): void => {
    const next = replacements.get(id)?.find((replacement) => replacement.attempt === attempt + 1);
    const end = next && next.at + (next.lost ? limits.killGrace : 0);
    const key = `${id} ${attempt}`;
    if (next === undefined || end === undefined || at <= end || told.has(key)) return;
    told.add(key);
    const grace = next.lost
      ? `, ${limits.killGrace} ms after attempt ${next.attempt} was claimed`
      : ' any more';
    report(checked, 8, {
      entity: id,
      expected: `no sign of attempt ${attempt}${grace}`,
      found: `one ${at - next.at} ms after that claim`,
    });
  };
  return {
    transition: ({ entityKind, entityId, event, from, attempt, at }) => {
      if (entityKind !== 'uow') return;
      if (event === 'repost') reposts.set(entityId, { at, lost: from === 'IN_PROGRESS' });
      if (event !== 'claim' || attempt < 2) return;
      const before = replacements.get(entityId) ?? [];
      const repost = reposts.get(entityId);
      // The instant of a claim is the one at which it was asked for, which may be long before it was carried out.
      const since = Math.max(at, repost?.at ?? at);
      replacements.set(entityId, [...before, { attempt, at: since, lost: repost?.lost ?? false }]);
    },
    wantsLog: () => replacements.size > 0,
    log_record: ({ parentId: id, attempt, at }) => judge({ id, attempt, at }),
    close: () => sightings.forEach(judge),
  };
};

const holdText = (pid: number, uow: CheckedRows['unit_of_work'] | undefined): string => {
  if (uow === undefined) return `process ${pid} and no such unit`;
  const lease =
    uow.lease === null ? 'no lease' : `a lease until ${new Date(uow.lease.expiresAt).toISOString()}`;
  return `process ${pid}, the unit ${uow.state} at attempt ${uow.attempt} with ${lease}`;
};

/** 14: whatever runs has a lease. */
export const createLeaseCheck = (checked: CheckState): Check => {
  const { processes, now, limits } = checked.evidence;
  if (processes === undefined) {
    leave(checked, 14, 'needs the child processes that run');
    return {};
  }
  const units = new Map<string, CheckedRows['unit_of_work']>();
  const ids = new Set(processes.map(({ id }) => id));
  const isHeld = ({ attempt }: LiveProcess, uow: CheckedRows['unit_of_work'] | undefined): boolean =>
    uow?.state === 'IN_PROGRESS' &&
    uow.attempt === attempt &&
    (uow.lease?.expiresAt ?? 0) + (limits?.killGrace ?? 0) >= now;
  return {
    unit_of_work: (uow) => {
      if (ids.has(uow.id)) units.set(uow.id, uow);
    },
    close: () => {
      for (const process of processes) {
        const uow = units.get(process.id);
        if (isHeld(process, uow)) continue;
        const expected = `a live lease for its attempt ${process.attempt}`;
        report(checked, 14, { entity: process.id, expected, found: holdText(process.pid, uow) });
      }
    },
  };
};
