import type { LogRecord } from '../../domain/model/record.ts';
import type { Store } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import { insertNew } from './insert-new.ts';

export const LOG_RECORD = 'log_record';

/** `storedAt`: when the server's own clean-up counts from; `at` may be of another clock. */
export interface LogDoc extends LogRecord {
  readonly storedAt: Date;
}

/** Captured output of units of work. */
export const createLogs = ({
  ride,
  collection,
}: MongoConnection): Pick<Store, 'appendLog' | 'log' | 'expireLogs'> => {
  const logs = collection<LogDoc>(LOG_RECORD);
  return {
    appendLog: async (records) => {
      const storedAt = new Date();
      const documents = records.map((record) => ({ ...record, storedAt }));
      await ride(() => insertNew(logs, documents));
    },
    log: (parentId, after, limit) =>
      ride(() =>
        logs
          .find<LogRecord>({ parentId, sequence: { $gt: after } }, { projection: { _id: 0, storedAt: 0 } })
          .sort({ sequence: 1, attempt: 1 })
          .limit(limit)
          .toArray(),
      ),
    expireLogs: async (before, limit) => {
      const oldest = await ride(() =>
        logs
          .find({ at: { $lt: before } }, { projection: { _id: 1 } })
          .sort({ at: 1 })
          .limit(limit)
          .toArray(),
      );
      await ride(() => logs.deleteMany({ _id: { $in: oldest.map(({ _id }) => _id) } }));
      return oldest.length;
    },
  };
};
