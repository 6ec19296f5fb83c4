import { toInterval } from '../domain/time/timeperiod.ts';
import type { SourceRow } from '../db/store.ts';
import { sleep } from '../lib/sleep.ts';
import { ACCESS, openSource, readSourceState, sourceConflict, writeSourceState } from './access.ts';
import type { Collecting, StreamState } from './access.ts';
import { visitsOfMinute } from './visits.ts';

/** What the stream needs. */
export interface VisitStream extends Collecting {
  /** Hour from which a new store is filled. */
  readonly startTimeperiod: string;
}

const MINUTE = 60_000;
const TICK = 3000;
/** Written at once at most: a kill costs no more, and the first hours can be worked on while later ones follow. */
const SLICE = 720 * MINUTE;
/** Requests a minute, on average over a weekday. */
const LIVE_RATE = 20;
/** Requests invented for the past of a new store at most, so that a start years ago stays quick. */
const PAST_REQUESTS = 60_000;

/** Claims the store for the stream; on later starts, what it was begun with. */
const begin = async ({ data, clock, startTimeperiod }: VisitStream): Promise<StreamState> => {
  const known = await readSourceState(data);
  if (known?.kind === 'stream') return known;
  if (known?.kind === 'log') throw sourceConflict('the built-in stream', known);
  const liveSince = clock.now();
  const { start } = toInterval('hourly', startTimeperiod);
  const minutes = Math.max(1, (liveSince - start) / MINUTE);
  const pastRate = Math.min(LIVE_RATE, PAST_REQUESTS / minutes);
  const state: StreamState = { kind: 'stream', liveSince, pastRate };
  await data.setWatermark(ACCESS, start);
  await writeSourceState(data, state);
  return state;
};

/** Rows of `[from, until)`, instants in ms. */
const rowsBetween = (state: StreamState, from: number, until: number): SourceRow[] => {
  const rows: SourceRow[] = [];
  for (let minute = Math.floor(from / MINUTE); minute * MINUTE < until; minute++) {
    const rate = minute * MINUTE < state.liveSince ? state.pastRate : LIVE_RATE;
    for (const { at, row } of visitsOfMinute(minute, rate)) {
      if (at >= from && at < until) rows.push(row);
    }
  }
  return rows;
};

/**
 * Writes invented visits into `access` until the signal aborts: first those from `startTimeperiod` to now, then
 * as time goes on. The watermark says how far it is, and a restart goes on from there; what a visit is depends on
 * its minute only, so nothing is written twice. Throws `CONFLICT` when the store holds an access log.
 */
export const runVisitStream = async (stream: VisitStream): Promise<void> => {
  const { data, signal, clock, log } = stream;
  await openSource(data);
  const state = await begin(stream);
  let done = (await data.watermark(ACCESS)) as number;
  log(`visits are written from ${new Date(done).toISOString()} on`);
  while (!signal.aborted) {
    const until = Math.min(clock.now(), done + SLICE);
    if (until > done) {
      const rows = rowsBetween(state, done, until);
      if (rows.length > 0) await data.appendRows(ACCESS, rows);
      await data.setWatermark(ACCESS, until);
      done = until;
    }
    if (done + TICK > clock.now()) await sleep(TICK, signal);
  }
};
