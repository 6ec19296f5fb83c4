import { boxSpec } from '../../db/collections.ts';
import type { BoxStore } from '../../db/collections.ts';
import type { Logger } from '../../domain/logger.ts';
import type { ProcessEntry } from '../../domain/model/process.ts';
import type { BoxStatusWriter } from './box-book.ts';
import { examineWork } from './check-work.ts';

interface HoldTools {
  readonly store: BoxStore;
  readonly logger: Logger;
  readonly book: BoxStatusWriter;
  readonly boxId: string;
}

/** Processes of a box that an earlier worker could not run. */
const heldBefore = async ({ store, logger, boxId }: HoldTools): Promise<ReadonlySet<string>> => {
  try {
    const own = (await store.collection(boxSpec).list()).filter(
      (box) => box.boxId === boxId && box.actual === 'failed',
    );
    return new Set(own.map(({ unit }) => unit));
  } catch (error) {
    logger.warn('cannot read what was held before', { error: String(error) });
    return new Set();
  }
};

/**
 * Looks once whether the work of processes can begin here. Answers for each whether it may be served: one that cannot
 * begin is held, which is told once and written down with the reason, in place of failing unit by unit. Daemons are let
 * through: they say themselves that they fail.
 */
export const holdWork = (
  entries: readonly ProcessEntry[],
  tools: HoldTools,
): ((entry: ProcessEntry) => Promise<boolean>) => {
  const { logger, book } = tools;
  const answers = examineWork(entries.filter(({ kind }) => kind !== 'daemon'));
  const before = heldBefore(tools);
  return async ({ name }) => {
    const because = await answers.get(name);
    if (because !== undefined) {
      logger.error(`${name} is held: ${because}; mend it, then restart the worker`);
      book.put(name, { actual: 'failed', lastExit: because });
      return false;
    }
    if ((await before).has(name)) book.put(name, { actual: 'running', lastExit: null });
    return true;
  };
};
