import { PATIENCE, journalEnd, nextRow, took } from '../recovery.ts';
import { laterClaim, order } from '../strike.ts';
import { readEffects } from '../effects.ts';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { within } from '../processes.ts';
import type { World } from '../world.ts';
import { daysFor } from '../workload.ts';

const BOUND = 30_000;
/** Long enough to be read at a time of day, short enough for those who wait. */
const SHORT_LEASE = { lease: '3s', heartbeat: '1s', sweepInterval: '2s' };

/** Waits for the end of a unit; answers with the attempt that it was. */
const lastAttempt = async (world: World, id: string): Promise<number> => {
  const store = await world.store();
  let attempt = 0;
  const isOver = async (): Promise<boolean> => {
    const [uow] = await store.uows([id]);
    attempt = uow?.attempt ?? 0;
    return uow?.state === 'PROCESSED';
  };
  if (!(await within(PATIENCE, isOver, 10))) throw new Error(`${id} does not end`);
  return attempt;
};

const died: Fault = {
  name: 'death after the effect',
  what: 'the worker dies when a handler has left its effect and before it is reported',
  on: ['embedded', 'servers'],
  longOnly: ['servers'],
  bound: BOUND,
  times: { short: 2, long: 20 },
  work: (form, place) => ({ days: daysFor(form, place) }),
  inject: async (world) => {
    const store = await world.store();
    const worker = await world.service('worker');
    const end = await journalEnd(store);
    const { id, attempt } = await order(world, 'die');
    const recovery = await took(() => nextRow(store, end, laterClaim(id, attempt)));
    bit((await lastAttempt(world, id)) > attempt, `${id} was reported all the same`);
    await world.forgive('worker');
    return { recovery, proof: `${id} left its effect twice, the first time in process ${worker.pid}` };
  },
};

const blocked: Fault = {
  name: 'event loop blocked',
  what: 'a handler blocks the event loop of its worker for several leases; the lease is kept',
  on: ['embedded', 'servers'],
  longOnly: ['servers'],
  bound: BOUND,
  times: { short: 1, long: 2 },
  work: (form, place) => ({
    days: daysFor(form, place),
    ...(form === 'short' ? { settings: SHORT_LEASE } : {}),
  }),
  inject: async (world, form) => {
    const store = await world.store();
    const length = form === 'short' ? 2.5 * world.settings.lease : 60_000;
    const { id, attempt } = await order(world, 'block', String(length));
    const isFree = (): boolean =>
      readEffects(world.effects).some((effect) => effect.what === 'unblock' && effect.id === id);
    const lasted = await took(() => within(length + PATIENCE, isFree, 5));
    bit(lasted > 2 * world.settings.lease, `the event loop was blocked for ${Math.round(lasted)} ms`);
    const end = await journalEnd(store);
    const recovery = await took(() => nextRow(store, end, ({ event }) => event === 'claim'));
    const last = await lastAttempt(world, id);
    if (last !== attempt) throw new Error(`${id} lost its lease: attempt ${last} ended, ${attempt} blocked`);
    return { recovery, proof: `${id} blocked for ${Math.round(lasted)} ms and ended in the same attempt` };
  },
};

const hanging: Fault = {
  name: 'handler hangs',
  what: 'a handler never ends and heeds no signal; its time limit does',
  on: ['embedded', 'servers'],
  longOnly: ['servers'],
  bound: BOUND,
  times: { short: 1, long: 10 },
  work: (form, place) => ({ days: daysFor(form, place), options: { timeLimit: '2s' } }),
  inject: async (world) => {
    const store = await world.store();
    const end = await journalEnd(store);
    const { id, attempt } = await order(world, 'hang');
    const failed = await nextRow(store, end, (row) => row.event === 'fail' && row.entityId === id);
    const recovery = await took(() => nextRow(store, failed.sequence, laterClaim(id, attempt)));
    await lastAttempt(world, id);
    return { recovery, proof: `${id} hung: ${failed.reason ?? 'failed'}, and ended in a later attempt` };
  },
};

export const handlers: readonly Fault[] = [died, blocked, hanging];
