import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../db/store.ts';
import type { TransitionRecord } from '../../domain/model/record.ts';

/** Pause between two looks, ms: the error of what is measured. */
const PAUSE = 10;
/** A look may take a second on a server that is busy, and is not to keep it so: longer pauses by so many times that. */
const RESTRAINT = 2;
const PAGE = 1_000;
/** On MongoDB writers take places in blocks: a row may come into being behind others that have later places. */
const LATE = 500;
/** What has not moved by then does not move any more, ms. */
export const PATIENCE = 90_000;

/** Position of the newest row of the journal. */
export const journalEnd = async (store: Store): Promise<number> =>
  (await store.journal({ limit: 1 }))[0]?.sequence ?? 0;

/** Resolves with the first row after a position that is as wished for; rejects after 90 s. */
export const nextRow = async (
  store: Store,
  after: number,
  wished: (row: TransitionRecord) => boolean,
): Promise<TransitionRecord> => {
  const end = performance.now() + PATIENCE;
  let last: TransitionRecord | undefined;
  for (let from = after; performance.now() < end;) {
    const begun = performance.now();
    const rows = await store.journal({ after: from, limit: PAGE });
    const found = rows.find(wished);
    if (found !== undefined) return found;
    last = rows.at(-1) ?? last;
    from = Math.max(from, (rows.at(-1)?.sequence ?? 0) - LATE);
    if (rows.length < PAGE) await sleep(Math.max(PAUSE, RESTRAINT * (performance.now() - begun)));
  }
  const rest =
    last === undefined
      ? 'no row at all'
      : `the last row ${last.sequence}, ${last.event} of ${last.entityId} by ${last.actor}`;
  throw new Error(`what was awaited behind row ${after} did not come in ${PATIENCE} ms: ${rest}`);
};

/** Written by a scheduler. */
export const byScheduler = ({ actor }: TransitionRecord): boolean => actor === 'scheduler';

/** A worker's claim of one of these units. */
export const claimOf =
  (ids: readonly string[]) =>
  ({ event, entityId }: TransitionRecord): boolean =>
    event === 'claim' && ids.includes(entityId);

/** Milliseconds that something took. */
export const took = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
};
