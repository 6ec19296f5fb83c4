import type { Store } from '../db/store.ts';
import { getFact, putFact } from '../db/collections.ts';
import type { FactStore } from '../db/collections.ts';
import { digest } from '../domain/cascade/digest.ts';
import { SynergyError } from '../domain/errors.ts';
import { EVENTS } from '../domain/event/trigger.ts';
import type { Json, ProcessContext } from '../domain/model/process.ts';
import { SCHEDULER_LOCK } from '../scheduler/scheduler.ts';
import type { LoadedContext } from './load-context.ts';

const FACT = 'context';

type Kept = Pick<LoadedContext, 'context' | 'file'>;

/** As text: keys of arguments may be such as a store takes for its own. */
const textOf = ({ context, file }: Kept): string => JSON.stringify({ context, file });

/** The text as it was recorded; none where that cannot be read back, since each start records it anew. */
const keptText = async (store: FactStore): Promise<Json | undefined> => {
  try {
    return await getFact(store, FACT);
  } catch (error) {
    if (error instanceof SynergyError && error.code === 'VALUE_UNREADABLE') return undefined;
    throw error;
  }
};

/** Records the context with which the scheduler begins to lead. */
export const keepContext = async (store: Store, loaded: Kept): Promise<void> => {
  const text = textOf(loaded);
  if ((await keptText(store)) !== text) await putFact(store, FACT, text);
};

/** The context of the scheduler at work and the file that it read; undefined when none is at work. */
export const runningContext = async (store: Store): Promise<Kept | undefined> => {
  const lock = await store.tryLock(SCHEDULER_LOCK);
  await lock?.release();
  const text = lock === undefined ? await keptText(store) : undefined;
  return typeof text === 'string'
    ? (JSON.parse(text) as { context: ProcessContext; file: string })
    : undefined;
};

/** What a file declares: the process of event triggers is added by a setting, which other commands need not be given. */
const declaredText = ({ context: { processes, ...rest } }: Kept): string =>
  JSON.stringify({ ...rest, processes: processes.filter(({ name }) => name !== EVENTS) });

/** Tells contexts that say the same from others, wherever they were read. */
export const contextDigest = (loaded: Kept): string => digest(declaredText(loaded));

/** Whether two contexts say the same, wherever they were read. */
export const isSameContext = (one: Kept, other: Kept): boolean => declaredText(one) === declaredText(other);
