// A member in a process of its own: joins, says so, and tells with every turn of its loop what it may not be.
import { stopwatch } from '../../../lib/stopwatch.ts';
import { memberOn, openMembership } from '../open-member.ts';
import type { MeetingPlace } from '../open-member.ts';

/** Pause between two looks at itself, ms. */
const TURN = 20;

const [placeText = '', box = ''] = process.argv.slice(2);
const place = JSON.parse(placeText) as MeetingPlace;
/** When the last renewal that was answered was sent. */
let renewedAt = -Infinity;
const membership = await openMembership(place, (driver) => ({
  ...driver,
  beat: async (self) => {
    const sentAt = stopwatch();
    await driver.beat(self);
    renewedAt = sentAt;
  },
}));
const self = memberOn(box);
await membership.join(self);
const isIn = (): boolean => membership.members().some(({ id }) => id === self.id);

let turnedAt = stopwatch();
let wasIn = isIn();
setInterval(() => {
  const now = stopwatch();
  const isMember = isIn();
  // What a share would be armed by: a member whose last renewal is older than the time-out.
  if (isMember && now - renewedAt > place.timeout) process.send?.('member without a renewal');
  if (now - turnedAt > place.timeout) process.send?.('was paused');
  if (isMember !== wasIn) process.send?.(isMember ? 'in' : 'out');
  wasIn = isMember;
  turnedAt = now;
}, TURN);
process.on('message', (order) => {
  if (order === 'leave') void membership.close().then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(0));
process.send?.(wasIn ? 'joined' : 'not joined');
