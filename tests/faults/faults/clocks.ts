import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransitionRecord } from '../../../domain/model/record.ts';
import type { Fault } from '../fault.ts';
import { journalEnd, nextRow, took } from '../recovery.ts';

const BOUND = 30_000;
/** A row that was written so much earlier or later than the one before shows that the clock jumped, ms. */
const LEAP = 1_800_000;
const YEAR_MS = 365 * 86_400_000;

/** Debian's package `libfaketime` puts it into the folder of the architecture. */
const library = existsSync('/usr/lib')
  ? readdirSync('/usr/lib')
      .map((name) => join('/usr/lib', name, 'faketime', 'libfaketime.so.1'))
      .find(existsSync)
  : undefined;

/** What the clock is told to be off by; every process of the world reads it. */
const offset = join(tmpdir(), `synergy-clock-${process.pid}`);
const HERE = '+0s';

const jumps = ['+1h', HERE, '-1h', HERE, '+365d', HERE] as const;
let jump = 0;

const jumping: Fault = {
  name: 'clock jumps',
  what: 'the clock on the wall goes an hour ahead and back, an hour back and ahead, a year ahead and back',
  on: ['embedded'],
  bound: BOUND,
  times: { short: jumps.length, long: 4 * jumps.length },
  whyNot: () => (library === undefined ? 'needs libfaketime, see scripts/install-services.sh' : undefined),
  environment: {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: offset,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  },
  // Periods that seemed to be over for a moment are neither missing nor wrong.
  lie: YEAR_MS,
  prepare: () => {
    writeFileSync(offset, HERE);
    return () => rmSync(offset);
  },
  work: (form) => ({ days: form === 'short' ? 24 : 90 }),
  inject: async (world) => {
    const store = await world.store();
    const to = jumps[jump++ % jumps.length] ?? HERE;
    const from = await nextRow(store, await journalEnd(store), ({ event }) => event === 'claim');
    writeFileSync(offset, to);
    const end = await journalEnd(store);
    const isThere = ({ event, at }: TransitionRecord): boolean =>
      event === 'claim' && Math.abs(at - from.at) > LEAP;
    let seen = from.at;
    const recovery = await took(async () => (seen = (await nextRow(store, end, isThere)).at));
    return { recovery, proof: `from ${new Date(from.at).toISOString()} to ${new Date(seen).toISOString()}` };
  },
};

export const clocks: readonly Fault[] = [jumping];
