import assert from 'node:assert/strict';
import { createSlots } from '../../../worker/leases/slots.ts';

describe('the slots of a process', () => {
  const never = new AbortController().signal;

  it('are taken by running units, and twice as many may be held', () => {
    const slots = createSlots(2);
    slots.claimed(2);
    assert.equal(slots.free(), 0);
    slots.ended(2);
    assert.equal(slots.free(), 2, 'their reports are under way');
    slots.claimed(2);
    slots.ended(2);
    assert.equal(slots.free(), 0, 'four are held');
    slots.reported(1);
    assert.equal(slots.free(), 1);
  });

  it('let the waiting go on as soon as one is free', async () => {
    const slots = createSlots(1);
    await slots.room(never);
    slots.claimed(1);
    let room = false;
    const waiting = slots.room(never).then(() => (room = true));
    await Promise.resolve();
    assert.equal(room, false);
    slots.ended(1);
    await waiting;
    slots.claimed(1);
    const next = slots.room(never);
    slots.reported(2);
    slots.ended(1);
    await next;
  });

  it('do not keep waiting who is stopped', async () => {
    const slots = createSlots(1);
    slots.claimed(1);
    const stop = new AbortController();
    const waiting = slots.room(stop.signal);
    stop.abort();
    await waiting;
    await slots.room(stop.signal);
  });
});
