import type { Store, UowFilter } from '../../db/store.ts';
import { executionOf, executionState } from '../../domain/event/execution.ts';
import type { ExecutionState } from '../../domain/event/execution.ts';
import { EVENTS, triggerEntry } from '../../domain/event/trigger.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import { FIRING_LEAD } from '../../domain/freerun/lead.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { giveWay } from '../../lib/sleep.ts';
import { unknownCursor } from './command-list.ts';
import type { ExecutionCounts, ExecutionPage } from './execution-view.ts';

/** Units of work that are read at once. */
const PAGE = 500;
/** Executions that are counted, the newest ones: retention keeps about as many. */
const MOST_COUNTED = 1_000;

const unitStates: Readonly<Record<ExecutionState, UowState>> = {
  planned: 'REQUESTED',
  delivering: 'IN_PROGRESS',
  retrying: 'INVALID',
  quarantined: 'INVALID',
  success: 'PROCESSED',
  expired: 'NOOP',
  failed: 'CANCELED',
};

/** Pages of the units of work of a trigger, the newest first; each next one when it is asked for. */
const pagesOf = async function* (
  store: Store,
  key: TriggerKey,
  { after, ...filter }: UowFilter,
): AsyncGenerator<UowRecord[]> {
  const query = { ...filter, processName: EVENTS, entryName: triggerEntry(key), order: 'newest' } as const;
  for (let last = after; ;) {
    const page = await store.findUows({ ...query, limit: PAGE, ...(last !== undefined && { after: last }) });
    if (page.length === 0 && last === after && last !== undefined && (await store.uows([last])).length === 0)
      throw unknownCursor('execution', last);
    yield page;
    last = page.at(-1)?.id;
    if (last === undefined || page.length < PAGE) return;
    await giveWay();
  }
};

const executions = async (
  store: Store,
  { trigger, outcome, from = 0, to = Infinity, after, limit }: ExecutionPage,
): Promise<UowRecord[]> => {
  const isMeant = (uow: UowRecord): boolean => {
    const due = executionOf(uow)?.due ?? uow.createdAt;
    return due >= from && due < to && (outcome === undefined || executionState(uow) === outcome);
  };
  // Planned ahead, they are made before they are due; after an absence, later.
  const filter: UowFilter = {
    ...(from > FIRING_LEAD && { from: from - FIRING_LEAD }),
    ...(outcome !== undefined && { states: [unitStates[outcome]] }),
    ...(after !== undefined && { after }),
  };
  const found: UowRecord[] = [];
  for await (const page of pagesOf(store, trigger, filter)) {
    found.push(...page.filter(isMeant));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
};

const executionCounts = async (store: Store, trigger: TriggerKey): Promise<ExecutionCounts> => {
  const counts: Record<ExecutionState, number> = {
    ...{ planned: 0, delivering: 0, retrying: 0, quarantined: 0, success: 0, expired: 0, failed: 0 },
  };
  let total = 0;
  for await (const page of pagesOf(store, trigger, {})) {
    for (const uow of page) counts[executionState(uow)]++;
    total += page.length;
    if (total >= MOST_COUNTED) break;
  }
  return { ...counts, total };
};

/** Executions of event triggers as they are read; `store` is that of one request. */
export const executionReads = (store: Store) => ({
  executions: (page: ExecutionPage) => executions(store, page),
  executionCounts: (trigger: TriggerKey) => executionCounts(store, trigger),
});
