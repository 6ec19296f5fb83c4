import type { ExpiredJournal } from '../../../domain/model/record.ts';
import { NEWEST_ROWS, cutOf, laterOf } from '../../../domain/retention/journal.ts';
import type { JournalCut } from '../../../domain/retention/journal.ts';
import { addEntry } from '../../../domain/retention/tally.ts';
import { expiredJournalSpec, expiredSpec, freerunSpec } from '../../collections.ts';
import { EXPIRED_AT_ONCE } from '../../store.ts';
import type { JournalStep, Store } from '../../store.ts';
import type { MongoConnection } from '../connection.ts';
import type { createCountIn } from './count-in.ts';
import { TRANSITION, toTransition } from '../journal.ts';
import type { TransitionDoc } from '../journal.ts';
import { idIn } from '../row-id.ts';

/** The beginning of a journal that a step deletes, by where it is to begin; or all of it, with the entry that was removed. */
export interface CutStep extends Pick<JournalStep, 'removed'> {
  readonly _id: string;
  readonly journal: ExpiredJournal;
}

interface RemovedDoc {
  readonly _id: string;
  readonly version: number;
  readonly removed: boolean;
}

interface BeginDoc {
  readonly _id: string;
  readonly sequence: number;
}

interface CutParts extends Pick<Store, 'collection'> {
  readonly connection: MongoConnection;
}

type CountIn = ReturnType<typeof createCountIn>;

/** What may go of a journal. */
export const createFindCut = ({ connection, collection: recordsOf }: CutParts) => {
  const { ride } = connection;
  const journal = connection.collection<TransitionDoc>(TRANSITION);
  return async (step: JournalStep): Promise<JournalCut | undefined> => {
    const { entity } = step;
    const known = await recordsOf(expiredJournalSpec).get({ entity });
    const of = { entityId: entity };
    const [newest] = await ride(() => journal.find(of).sort({ version: -1 }).limit(1).toArray());
    // Made anew meanwhile.
    if (step.removed !== undefined && newest?.version !== step.removed.version) return undefined;
    const version = {
      $gt: known?.version ?? 0,
      $lte: (newest?.version ?? 0) - (step.removed ? 0 : NEWEST_ROWS),
    };
    const rows = journal
      .find({ ...of, version })
      .sort({ version: 1 })
      .limit(EXPIRED_AT_ONCE);
    return cutOf(known, (await ride(() => rows.toArray())).map(toTransition), step);
  };
};

/**
 * Deletes the record of an entry, and what is on record of its history. A user may have made it anew meanwhile: then it goes on
 * from the version it had.
 */
const createRemoveEntry = ({ connection, collection: recordsOf }: CutParts, countIn: CountIn) => {
  const { collection, ride } = connection;
  const entries = collection<RemovedDoc>(freerunSpec.name);
  const begins = collection<BeginDoc>(expiredJournalSpec.name);
  const histories = recordsOf(expiredSpec);
  return async ({ _id: step, journal }: CutStep, removed: NonNullable<CutStep['removed']>): Promise<void> => {
    const { processName, version } = removed;
    const { entity, sequence } = journal;
    const _id = idIn(freerunSpec)({ ...removed });
    await ride(() => entries.deleteOne({ _id, version, removed: true }));
    const left = await ride(() => entries.findOne({ _id }));
    if (left !== null && left.version > version) return;
    const history = await histories.get({ entity });
    if (history !== undefined) {
      const at = { key: { entity: processName }, step };
      await countIn(histories, (known) => addEntry(known, { processName, step }, history), at);
      await histories.remove({ entity });
    }
    await ride(() => begins.deleteOne({ _id: entity, sequence: { $lte: sequence } }));
  };
};

/** Where the journal begins is on record before rows go. */
export const createDeleteRows = (parts: CutParts, countIn: CountIn) => {
  const { collection, ride } = parts.connection;
  const rows = collection<TransitionDoc>(TRANSITION);
  const begins = parts.collection(expiredJournalSpec);
  const removeEntry = createRemoveEntry(parts, countIn);
  return async (cut: CutStep): Promise<void> => {
    const { _id: step, journal } = cut;
    const { entity: entityId, version, sequence } = journal;
    const at = { key: { entity: entityId }, step };
    await countIn(begins, (known) => laterOf(known, journal), at);
    await ride(() => rows.deleteMany({ entityId, version: { $lte: version }, _id: { $lte: sequence } }));
    if (cut.removed !== undefined) await removeEntry(cut, cut.removed);
  };
};
