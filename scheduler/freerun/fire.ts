import { canUow } from '../../domain/machine/transition.ts';
import type { FreerunProcess } from '../../domain/model/process.ts';
import type { FreerunEntryRecord, UowRecord } from '../../domain/model/record.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import { FIRING_LEAD, freerun } from '../../domain/strategy/freerun.ts';
import type { Firing } from '../../domain/strategy/freerun.ts';
import { shareCommitLog } from '../../domain/commit-log.ts';
import { freerunUnit, freerunUnitId } from './firing-uow.ts';
import type { Occasion, PlannedFiring } from './firing-uow.ts';
import { causeOf, ring } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import { cancellation } from '../engine/job-update.ts';

/** What a firing stands on. */
interface FiringTools {
  readonly shared: SchedulerContext;
  readonly process: FreerunProcess;
  /** The entry once the firing was seen to, whatever became of it. */
  readonly seen: FreerunEntryRecord;
  /** Its last unit is known to have ended: nothing is in the way of this firing. */
  readonly isClear: boolean;
  /** Stores and keeps the entry as it is now. */
  readonly remember: (record: FreerunEntryRecord) => Promise<void>;
}

/** What the journal says about a firing. */
const reasons: Readonly<Record<Occasion['by'], string | null>> = {
  schedule: null,
  hand: 'fired by hand',
  owed: 'owed until the last unit had finished',
};

/** The entry has fired, whether its ring gets through or not. */
const ringFor = ({ shared, process }: FiringTools, id: string): Promise<void> =>
  ring(shared, workQueue(process), [id]);

/** Quarantined units are none: those are for a person to release or cancel. */
const isRetrying = (uow: UowRecord | undefined): boolean => uow?.state === 'INVALID' && uow.retryAt !== null;

/** Units that were prepared bear a later date of creation. */
const writtenAt = ({ createdAt, submittedAt }: UowRecord): number => Math.min(createdAt, submittedAt);

/** A predecessor that waits for its retry, or that the overlap policy cancels, makes way. */
const replace = async ({ shared }: FiringTools, last: UowRecord): Promise<void> => {
  const { store } = shared;
  let unit: UowRecord | undefined = last;
  while (unit !== undefined && canUow(unit.state, 'cancel')) {
    const cause = causeOf(shared, 'scheduler', 'its entry fired again');
    const [outcome] = await store.commit([{ cause, writes: [cancellation(unit, cause)] }]);
    if (outcome === 'applied') return;
    // A worker has just claimed it, or reported.
    [unit] = await store.uows([unit.id]);
  }
};

const publish = async (planned: PlannedFiring, tools: FiringTools): Promise<void> => {
  const { record, at, occasion } = planned;
  const { shared, process, seen, remember } = tools;
  const { store, queue } = shared;
  // In this order: should a millisecond pass in between, the unit starts late by it, not early.
  const ahead = Math.min(FIRING_LEAD, Math.max(0, at - shared.timetableClock.now()));
  const cause = causeOf(shared, 'scheduler', reasons[occasion.by]);
  const args = { ...process.arguments, ...record.arguments };
  const uow = freerunUnit({ ...planned, now: cause.at, ahead, arguments: args });
  const inserting = store.commit([{ cause, writes: [{ kind: 'uow-insert', uow }] }]);
  const fired = { ...seen, relatedUow: uow.id, buffered: false, lastFiredAt: at };
  if (store.capabilities.commitLog === null) {
    await inserting;
    void ringFor(tools, uow.id);
    return remember(fired);
  }
  // One commit for all: a second one would keep the worker, once rung, from claiming.
  const along = shareCommitLog(store, queue);
  if (along) void ringFor(tools, uow.id);
  try {
    await Promise.all([inserting, remember(fired)]);
  } catch (error) {
    await remember(record);
    throw error;
  }
  if (!along) void ringFor(tools, uow.id);
};

/** Carries a firing out, once even when it is repeated after a crash; returns what came of it. */
export const fireEntry = async (planned: PlannedFiring, tools: FiringTools): Promise<Firing> => {
  const { record, at } = planned;
  const { shared, seen, remember, isClear } = tools;
  const id = freerunUnitId(planned);
  const asked = record.relatedUow === null ? [id] : [id, record.relatedUow];
  const units = isClear ? [] : await shared.store.uows(asked);
  const former = units.find((uow) => uow.id === id);
  if (former !== undefined) {
    // Who fired it may have died before the entry knew; or its command is repeated, and the entry has gone on since.
    const isPast = units.some((uow) => uow.id !== id && writtenAt(uow) > writtenAt(former));
    if (record.relatedUow === id) await remember(seen);
    else if (!isPast) await remember({ ...seen, relatedUow: id, buffered: false, lastFiredAt: at });
    return { do: 'fire' };
  }
  const last = units.at(0);
  const firing = freerun(record.overlap, last?.state, record.buffered);
  switch (firing.do) {
    case 'ring':
    case 'drop':
      if (firing.do === 'ring') await ringFor(tools, record.relatedUow ?? '');
      else
        shared.log.info(`not fired: ${firing.because}`, {
          process: record.processName,
          entry: record.entryName,
        });
      if (seen !== record) await remember(seen);
      break;
    case 'buffer':
      await remember({ ...seen, buffered: true, lastFiredAt: at });
      break;
    case 'fire':
    case 'cancel-and-fire':
      if (last !== undefined && (firing.do === 'cancel-and-fire' || isRetrying(last)))
        await replace(tools, last);
      await publish(planned, tools);
  }
  return firing;
};
