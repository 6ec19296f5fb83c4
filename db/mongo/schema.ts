import { SynergyError } from '../../domain/errors.ts';
import type { MongoConnection } from './connection.ts';
import { again } from './failure.ts';
import { ABOUT, COUNTER } from './commit/journal-sequence.ts';

/** Version of what is stored how; a program that reads another one's records wrongly would spoil them. */
const SCHEMA_VERSION = 1;

interface About {
  readonly _id: string;
  readonly value: number;
  readonly open?: readonly never[];
}

/** Leaves word in a new database, and refuses that of another version. To write is the proof that one may. */
export const ensureSchema = async ({ ride, collection, where }: MongoConnection): Promise<void> => {
  const about = collection<About>(ABOUT);
  const put = ({ _id, ...fresh }: About): Promise<About | null> => {
    const options = { upsert: true, returnDocument: 'after' } as const;
    return ride(() => again(() => about.findOneAndUpdate({ _id }, { $setOnInsert: fresh }, options)));
  };
  const schema = await put({ _id: 'schema', value: SCHEMA_VERSION });
  await put({ _id: COUNTER, value: 0, open: [] });
  if (schema?.value === SCHEMA_VERSION) return;
  throw new SynergyError(
    'STORE_VERSION',
    `${where} holds records of schema version ${String(schema?.value)}, this program works with ${SCHEMA_VERSION}: install the version that wrote them`,
  );
};
