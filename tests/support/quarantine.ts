import assert from 'node:assert/strict';
import type { Rig } from './rig.ts';

/** A worker takes the unit and dies; the collector sees it. */
export const crash = async (rig: Rig, id: string): Promise<void> => {
  const [uow] = await rig.store.uows([id]);
  assert.ok(uow, `${id} is not there`);
  await rig.claim(uow);
  await rig.store.releaseLeases('hand');
  rig.clock.advance(1);
  await rig.sweep();
};

/** Three workers die of a unit. */
export const quarantine = async (rig: Rig, id: string): Promise<void> => {
  for (let i = 0; i < 3; i++) await crash(rig, id);
  const [uow] = await rig.store.uows([id]);
  assert.deepEqual([uow?.state, uow?.retryAt], ['INVALID', null]);
};
