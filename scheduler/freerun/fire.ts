import { shareCommitLog } from '../../domain/commit-log.ts';
import { decideFiring, isClear } from '../../domain/freerun/decide.ts';
import type { FiringDecision, FiringUnits } from '../../domain/freerun/decide.ts';
import type { EntryState } from '../../domain/freerun/entry.ts';
import { firingUow } from '../../domain/freerun/firing.ts';
import type { Firing, Occasion } from '../../domain/freerun/firing.ts';
import { canUow } from '../../domain/machine/transition.ts';
import type { FreerunProcess } from '../../domain/model/process.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { FIRING_LEAD } from '../../domain/freerun/lead.ts';
import type { Store } from '../../db/store.ts';
import { causeOf, ring } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import { cancellation } from '../engine/job-update.ts';

/** What firings stand on. */
export interface FiringTools {
  readonly shared: SchedulerContext;
  readonly process: FreerunProcess;
  /** Stores an entry, then keeps it. */
  readonly remember: (entry: EntryState) => Promise<void>;
}

/** What the journal says about a firing. */
const reasons: Readonly<Record<Occasion, string | null>> = {
  schedule: null,
  missed: null,
  'by-hand': 'fired by hand',
  owed: 'owed until the last unit had finished',
};

/**
 * Carries a firing of an entry out, once even when that is repeated after a crash. When it rejects, the firing may have
 * happened or not.
 */
export const fireEntry = async (
  entry: EntryState,
  firing: Firing,
  tools: FiringTools,
): Promise<FiringDecision> => {
  const { store, log } = tools.shared;
  const known = await withoutDoubt(entry, store);
  const decision = decideFiring(known, firing, await unitsOf(known, firing, store));
  const { processName, entryName, relatedUow } = known.record;
  switch (decision.do) {
    case 'fire':
    case 'cancel-and-fire':
      if (decision.cancels !== undefined) await cancel(tools, decision.cancels);
      if (!decision.isWritten) await publish(tools, firing, { before: known, after: decision.entry });
      break;
    case 'ring':
      await ringFor(tools, relatedUow ?? '');
      break;
    case 'drop':
      log.info(`not fired: ${decision.because}`, { process: processName, entry: entryName });
  }
  return decision;
};

/** The entry, knowing of the unit that may be in the way of a firing. */
const withoutDoubt = async (entry: EntryState, store: Store): Promise<EntryState> => {
  const { record, unit } = entry;
  if (unit !== 'doubtful') return entry;
  const { processName, entryName, relatedUow } = record;
  const holding = await store.findUows({ processName, entryName, states: ['REQUESTED', 'IN_PROGRESS'] });
  const last = holding.at(-1)?.id ?? relatedUow;
  return { ...entry, unit: 'open', record: last === relatedUow ? record : { ...record, relatedUow: last } };
};

const unitsOf = async (entry: EntryState, firing: Firing, store: Store): Promise<FiringUnits> => {
  const { relatedUow } = entry.record;
  const ids = relatedUow === null ? [firing.id] : [firing.id, relatedUow];
  const units = isClear(entry, firing) ? [] : await store.uows(ids);
  const of = (id: string | null): UowRecord | undefined => units.find((uow) => uow.id === id);
  return { own: of(firing.id), last: of(relatedUow) };
};

/** The entry has fired, whether its ring gets through or not. */
const ringFor = ({ shared, process }: FiringTools, id: string): Promise<void> =>
  ring(shared, workQueue(process), [id]);

/** A predecessor that waits for its retry, or that the overlap policy cancels, makes way. */
const cancel = async ({ shared }: FiringTools, last: UowRecord): Promise<void> => {
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

const publish = async (
  tools: FiringTools,
  firing: Firing,
  { before, after }: { before: EntryState; after: EntryState },
): Promise<void> => {
  const { shared, process, remember } = tools;
  const { store, queue } = shared;
  // In this order: should a millisecond pass in between, the unit starts late by it, not early.
  const ahead = Math.min(FIRING_LEAD, Math.max(0, firing.at - shared.timetableClock.now()));
  const cause = causeOf(shared, 'scheduler', reasons[firing.occasion]);
  const { record } = before;
  const args = { ...process.arguments, ...record.arguments };
  const uow = firingUow(firing, { record, arguments: args, now: cause.at, ahead });
  const inserting = store.commit([{ cause, writes: [{ kind: 'uow-insert', uow }] }]);
  if (store.capabilities.commitLog === null) {
    await inserting;
    void ringFor(tools, uow.id);
    return remember(after);
  }
  // One commit for all: a second one would keep the worker, once rung, from claiming.
  const along = shareCommitLog(store, queue);
  if (along) void ringFor(tools, uow.id);
  try {
    await Promise.all([inserting, remember(after)]);
  } catch (error) {
    await remember(before);
    throw error;
  }
  if (!along) void ringFor(tools, uow.id);
};
