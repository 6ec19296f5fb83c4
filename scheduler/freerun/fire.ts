import { entryChange } from '../../db/collections.ts';
import { shareCommitLog } from '../../domain/commit-log.ts';
import { decideFiring, isClear } from '../../domain/freerun/decide.ts';
import type { FiringDecision } from '../../domain/freerun/decide.ts';
import type { LiveEntry } from '../../domain/freerun/entry.ts';
import { firingUow } from '../../domain/freerun/firing.ts';
import type { Firing, Occasion } from '../../domain/freerun/firing.ts';
import { FIRING_LEAD } from '../../domain/freerun/lead.ts';
import type { EntryEvent } from '../../domain/machine/entry-machine.ts';
import { canUow } from '../../domain/machine/transition.ts';
import type { FreerunProcess } from '../../domain/model/process.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import type { Cause, WriteGroup } from '../../db/store.ts';
import { causeOf, ring } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import { cancellation } from '../engine/job-update.ts';

/** A firing that is wanted. */
export interface WantedFiring {
  readonly key: string;
  readonly process: FreerunProcess;
  readonly firing: Firing;
  /** Who asks for it and why; by its occasion when it is absent. */
  readonly cause: Cause | undefined;
}

/** What firings stand on. */
export interface FiringTools {
  readonly shared: SchedulerContext;
  /** The entry of a key as it is now. */
  readonly entry: (key: string) => LiveEntry;
  /** Writes groups in a turn of the turn loop. */
  readonly commit: (groups: readonly WriteGroup[]) => Promise<('applied' | 'conflict')[]>;
}

/** What became of a firing: nothing when its entry was changed by another, and has to be read again. */
export type FiringOutcome = FiringDecision | undefined;

/** What the journal says about a firing. */
const reasons: Readonly<Record<Occasion, string | null>> = {
  schedule: null,
  missed: 'missed, made up for',
  'by-hand': 'fired by hand',
  owed: 'owed until the last unit had finished',
};

/** A firing that is decided, and the group of writes that carries it out, if it takes any. */
interface Decided {
  readonly wanted: WantedFiring;
  readonly decision: FiringDecision;
  readonly group: WriteGroup | undefined;
  /** To be rung for; null when nothing is. */
  readonly rings: string | null;
}

/**
 * Carries firings out in one commit, each once even when that is repeated after a crash. Firings of one entry are decided one
 * after the other. When it rejects, they may have happened or not.
 */
export const fireEntries = async (
  firings: readonly WantedFiring[],
  tools: FiringTools,
): Promise<FiringOutcome[]> => {
  const units = await readUnits(firings, tools);
  const decided = decideAll(firings, units, tools);
  await Promise.all(decided.map(({ decision }) => makeWay(tools, decision)));
  const committed = decided.filter(({ group }) => group !== undefined);
  const groups = committed.flatMap(({ group }) => group ?? []);
  const writing = groups.length === 0 ? Promise.resolve([]) : tools.commit(groups);
  // One commit for all: a second one would keep the workers, once rung, from claiming.
  const along = shareCommitLog(tools.shared.store, tools.shared.queue);
  if (along) ringFor(tools.shared, decided);
  const outcomes = await writing;
  const refused = new Set(committed.filter((_, i) => outcomes[i] === 'conflict'));
  const carried = decided.filter((one) => !refused.has(one));
  countLateness(tools.shared, carried);
  if (!along) ringFor(tools.shared, carried);
  return decided.map((one) => (refused.has(one) ? undefined : one.decision));
};

/** How long after their instants firings were carried out; one that was prepared ahead is not late. */
const countLateness = (
  { timetableClock, measurements }: SchedulerContext,
  fired: readonly Decided[],
): void => {
  const now = timetableClock.now();
  for (const { wanted } of fired) {
    const { firing, process } = wanted;
    if (firing.occasion === 'schedule')
      measurements.triggers.observe(Math.max(0, now - firing.at) / 1_000, process.name);
  }
};

type Units = ReadonlyMap<string, UowRecord>;

/** The units that decide about the firings. */
const readUnits = async (
  firings: readonly WantedFiring[],
  { shared, entry }: FiringTools,
): Promise<Units> => {
  const ids = firings.flatMap(({ key, firing }) => {
    const { relatedUow } = entry(key).record;
    if (isClear(entry(key), firing)) return [];
    return relatedUow === null ? [firing.id] : [firing.id, relatedUow];
  });
  const found = ids.length === 0 ? [] : await shared.store.uows([...new Set(ids)]);
  return new Map(found.map((uow) => [uow.id, uow]));
};

const decideAll = (
  firings: readonly WantedFiring[],
  units: Units,
  { shared, entry }: FiringTools,
): Decided[] => {
  const latest = new Map<string, LiveEntry>();
  return firings.map((wanted) => {
    const { key, firing } = wanted;
    const before = latest.get(key) ?? entry(key);
    const of = (id: string | null): UowRecord | undefined => units.get(id ?? '');
    const decision = decideFiring(before, firing, { own: of(firing.id), last: of(before.record.relatedUow) });
    const decided = toDecided(wanted, before, decision, shared);
    latest.set(key, decided.decision.entry);
    return decided;
  });
};

/** What the journal says of the entry: the event, and why it did not fire. */
const eventOf = (decision: FiringDecision): readonly [EntryEvent, string?] => {
  switch (decision.do) {
    case 'buffer':
      return ['owe', 'the last one is still running'];
    case 'ring':
      return ['drop', 'the last one still waits for a worker'];
    case 'drop':
      return ['drop', decision.because];
    default:
      return ['fire'];
  }
};

const toDecided = (
  wanted: WantedFiring,
  before: LiveEntry,
  decision: FiringDecision,
  shared: SchedulerContext,
): Decided => {
  const { firing, process } = wanted;
  const { record } = before;
  if (decision.do === 'drop')
    shared.log.info(`not fired: ${decision.because}`, {
      process: record.processName,
      entry: record.entryName,
    });
  const isNew = (decision.do === 'fire' || decision.do === 'cancel-and-fire') && !decision.isWritten;
  const rings = isNew ? firing.id : decision.do === 'ring' ? record.relatedUow : null;
  if (decision.entry.record === record) return { wanted, decision, group: undefined, rings };
  const [event, because] = eventOf(decision);
  const cause = wanted.cause ?? causeOf(shared, 'scheduler', because ?? reasons[firing.occasion]);
  const change = entryChange(record, decision.entry.record, event);
  // In this order: should a millisecond pass in between, the unit starts late by it, not early.
  const ahead = Math.min(FIRING_LEAD, Math.max(0, firing.at - shared.timetableClock.now()));
  const now = shared.clock.now();
  const args = { ...process.arguments, ...record.arguments, ...firing.arguments };
  const uow = isNew ? [firingUow(firing, { record, arguments: args, now, ahead })] : [];
  return {
    wanted,
    decision: { ...decision, entry: { ...decision.entry, record: change.record } },
    group: { cause, writes: [change, ...uow.map((uow) => ({ kind: 'uow-insert', uow }) as const)] },
    rings,
  };
};

/** One ring for each queue. */
const ringFor = (shared: SchedulerContext, decided: readonly Decided[]): void => {
  const byQueue = new Map<string, string[]>();
  for (const { wanted, rings } of decided) {
    if (rings === null) continue;
    const queue = workQueue(wanted.process);
    const ids = byQueue.get(queue) ?? [];
    ids.push(rings);
    byQueue.set(queue, ids);
  }
  for (const [queue, ids] of byQueue) void ring(shared, queue, ids);
};

/** A predecessor that waits for its retry, or that the overlap policy cancels, makes way. */
const makeWay = async ({ shared, commit }: FiringTools, decision: FiringDecision): Promise<void> => {
  let unit = 'cancels' in decision && !decision.isWritten ? decision.cancels : undefined;
  while (unit !== undefined && canUow(unit.state, 'cancel')) {
    const cause = causeOf(shared, 'scheduler', 'its entry fired again');
    const [outcome] = await commit([{ cause, writes: [cancellation(unit, cause)] }]);
    if (outcome === 'applied') return;
    // A worker has just claimed it, or reported.
    [unit] = await shared.store.uows([unit.id]);
  }
};
