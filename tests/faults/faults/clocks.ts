import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransitionRecord } from '../../../domain/model/record.ts';
import { fakeClock, whyNoFakeClock } from '../../support/fake-clock.ts';
import type { Fault } from '../fault.ts';
import { journalEnd, nextRow, took } from '../recovery.ts';
import { order } from '../strike.ts';

const BOUND = 30_000;
/** A row that was written so much earlier or later than the one before shows that the clock jumped, ms. */
const LEAP = 1_800_000;
const YEAR_MS = 365 * 86_400_000;

/** What the clock is told to be off by; every process of the world reads it. */
const offset = join(tmpdir(), `synergy-clock-${process.pid}`);
const HERE = '+0s';

const jumps = ['+1h', HERE, '-1h', HERE, '+365d', HERE] as const;
let jump = 0;

/** What stands for an instant of the clock, and must not wait for it where the clock was set. */
const alarms = {
  'a worker claims': ({ event }: TransitionRecord) => event === 'claim',
  'an entry fires': ({ event, entityId }: TransitionRecord) =>
    event === 'request' && entityId.startsWith('Tick:tick/'),
  // After a year it is given up.
  'the collector tries a failed unit again': ({ event, actor }: TransitionRecord) =>
    ['repost', 'cancel'].includes(event) && actor === 'collector',
};

const jumping: Fault = {
  name: 'clock jumps',
  what: 'the clock on the wall goes an hour ahead and back, an hour back and ahead, a year ahead and back',
  on: ['embedded'],
  bound: BOUND,
  times: { short: jumps.length, long: 4 * jumps.length },
  whyNot: whyNoFakeClock,
  environment: fakeClock({ FAKETIME_TIMESTAMP_FILE: offset }),
  // Periods that seemed to be over for a moment are neither missing nor wrong.
  lie: YEAR_MS,
  prepare: () => {
    writeFileSync(offset, HERE);
    return () => rmSync(offset);
  },
  // A failed unit waits for its retry when the clock jumps, and hours are left to fail at the last jump.
  work: (form) => ({
    days: form === 'short' ? 60 : 240,
    concurrency: 2,
    retry: { delay: '10s', maxDelay: '10s' },
  }),
  inject: async (world) => {
    const store = await world.store();
    const to = jumps[jump++ % jumps.length] ?? HERE;
    const before = await journalEnd(store);
    const { id } = await order(world, 'fail');
    const from = await nextRow(store, before, ({ event, entityId }) => event === 'fail' && entityId === id);
    writeFileSync(offset, to);
    const end = await journalEnd(store);
    let seen = from.at;
    const moves = Object.entries(alarms).map(async ([what, isWished]) => {
      const isThere = (row: TransitionRecord): boolean => isWished(row) && Math.abs(row.at - from.at) > LEAP;
      const recovery = await took(async () => (seen = (await nextRow(store, end, isThere)).at));
      return { what, recovery };
    });
    const moved = await Promise.all(moves);
    const span = `from ${new Date(from.at).toISOString()} to ${new Date(seen).toISOString()}`;
    const after = moved.map(({ what, recovery }) => `${what} after ${Math.round(recovery)} ms`).join(', ');
    return { recovery: Math.max(...moved.map(({ recovery }) => recovery)), proof: `${span}: ${after}` };
  },
};

export const clocks: readonly Fault[] = [jumping];
