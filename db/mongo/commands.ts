import type { CommandRecord } from '../../domain/model/record.ts';
import type { Store } from '../store.ts';
import { isDuplicate } from './failure.ts';
import { findInOrder } from './find-in-order.ts';
import type { MongoConnection } from './connection.ts';
import type { JournalSequence } from './commit/journal-sequence.ts';
import { without } from './without.ts';

export const COMMAND = 'command';

/** `order`: place of its arrival, which also tells one attempt to insert it from another. */
export interface CommandDoc extends Omit<CommandRecord, 'id' | 'arguments' | 'result'> {
  readonly _id: string;
  readonly order: number;
  readonly arguments: string;
  readonly result: string | null;
}

const toText = (value: CommandRecord['result']): string | null => value && JSON.stringify(value);

export const toCommandDoc = ({ id, ...command }: CommandRecord, order: number): CommandDoc => ({
  _id: id,
  order,
  ...command,
  arguments: JSON.stringify(command.arguments),
  result: toText(command.result),
});

export const toCommand = (doc: CommandDoc): CommandRecord => ({
  ...without(doc, '_id', 'order'),
  id: doc._id,
  arguments: JSON.parse(doc.arguments) as CommandRecord['arguments'],
  result: doc.result === null ? null : (JSON.parse(doc.result) as CommandRecord['result']),
});

/** Mutations that people asked for. */
export const createCommands = (
  connection: MongoConnection,
  sequence: JournalSequence,
): Pick<Store, 'insertCommand' | 'finishCommand' | 'command' | 'commands'> => {
  const { ride, collection } = connection;
  const commands = collection<CommandDoc>(COMMAND);
  return {
    insertCommand: async (record) => {
      const first = await sequence.take(1);
      return ride(async () => {
        try {
          await commands.insertOne(toCommandDoc(record, first));
          return true;
        } catch (error) {
          if (!isDuplicate(error)) throw error;
          return (await commands.findOne({ _id: record.id }))?.order === first;
        }
      });
    },
    finishCommand: async (id, { state, result, finishedAt }) => {
      const set = { state, result: toText(result), finishedAt };
      await ride(() => commands.updateOne({ _id: id, state: 'open' }, { $set: set }));
    },
    command: async (id) => {
      const doc = await ride(() => commands.findOne({ _id: id }));
      return doc === null ? undefined : toCommand(doc);
    },
    commands: async ({ state, after, limit }) => {
      const direction = state === undefined ? -1 : 1;
      const filter = state === undefined ? {} : { state };
      const found = await findInOrder(connection, commands, { filter, direction, after, limit });
      return found.map(toCommand);
    },
  };
};
