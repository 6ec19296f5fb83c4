import type { Qualifier } from '../domain/time/qualifier.ts';
import type { Handler } from '../worker/handler.ts';
import { mergeActivities, readActivities, writeClients } from './client.ts';

/** Arguments of the process entry: the level that is read and the one that is written. */
type RollupArguments = { readonly from: Qualifier; readonly to: Qualifier };

/** What each client did in a month or year, from its days or months. */
const clientRollup: Handler = async (uow, { data }) => {
  const { from, to } = uow.arguments as RollupArguments;
  const parts = await readActivities(data, from, { start: uow.startTimeperiod, end: uow.endTimeperiod });
  const aggregated = await writeClients(data, to, uow.timeperiod, mergeActivities(parts));
  return parts.length === 0 ? { outcome: 'noop' } : { processed: parts.length, aggregated };
};

export default clientRollup;
