import { plural } from '../domain/plural.ts';
import type { Handler } from '../worker/handler.ts';
import { ACCESS, ALL_TIME, FOREVER, readSourceState } from './access.ts';

/** Logs how far the source has come. */
const housekeeping: Handler = async (_uow, { data, log }) => {
  const { lowest, highest, watermark } = await data.extent(ACCESS, ALL_TIME);
  if (lowest === undefined || highest === undefined) {
    log(`${ACCESS} is empty`);
    return { outcome: 'noop' };
  }
  const state = await readSourceState(data);
  log(`${ACCESS} holds the rows ${lowest} to ${highest}`);
  if (watermark !== undefined)
    log(`${ACCESS} is complete${watermark === FOREVER ? '' : ` up to ${new Date(watermark).toISOString()}`}`);
  if (state?.kind === 'log')
    log(`${plural(state.lines, 'line was', 'lines were')} read, ${state.malformed} of them malformed`);
  return { processed: 1 };
};

export default housekeeping;
