import { brokenOff } from '../../domain/model/given-back.ts';
import { COLLECTOR_QUEUE, UOW_STATUS_QUEUE } from '../../domain/model/queue-name.ts';
import { giveBack } from '../../domain/strategy/end-of-run.ts';
import type { Adapters } from '../adapters.ts';

/**
 * The work of a worker that died is due at once: its leases end, and the collector is told to look. Answers how many
 * leases there were.
 */
export const releaseWork = async ({ store, queue }: Adapters, owner: string): Promise<number> => {
  const held = await store.releaseLeases(owner);
  if (held > 0) await queue.publish(COLLECTOR_QUEUE, [owner]);
  return held;
};

/**
 * What a worker that was stopped still held, its event loop blocked say, is given back in its name: no crash, no lost
 * lease, and an attempt that does not count. Answers how many units there were.
 */
export const giveBackWork = async (
  { store, queue, clock, settings }: Adapters,
  owner: string,
): Promise<number> => {
  // Renewed, so that the collector does not take them for lost meanwhile.
  const ids = await store.renewLeases(owner, clock.now() + settings.lease);
  if (ids.length === 0) return 0;
  const uows = await store.uows(ids);
  const reports = uows.map((uow) => giveBack(uow, brokenOff));
  await store.report(owner, reports, clock.now());
  await queue.publish(UOW_STATUS_QUEUE, ids);
  return ids.length;
};
