import { shiftedClock } from '../domain/clock.ts';
import type { DaemonHandler } from '../worker/handler.ts';
import { importLog } from './log-import.ts';
import { runVisitStream } from './visit-stream.ts';
import { systemClock } from '../lib/system-clock.ts';

/** Arguments of the process entry. */
export type CollectorArguments = {
  /** Absolute path; null: visits are invented. */
  readonly accessLog: string | null;
  /** Hour from which visits are invented; null only where nothing runs, as in lists. */
  readonly startTimeperiod: string | null;
  /** Time of the timetable minus real time, ms: visits are invented for the time it is there. */
  readonly clockOffset: number;
};

/** Fills the source `access`: from an access log, after which it ends, or from the stream, as long as it is let. */
const collectSessions: DaemonHandler = async ({ arguments: given, data, signal, log }) => {
  const { accessLog, startTimeperiod, clockOffset } = given as CollectorArguments;
  const clock = shiftedClock(systemClock, clockOffset);
  await (accessLog === null
    ? runVisitStream({ data, signal, log, clock, startTimeperiod: startTimeperiod ?? '' })
    : importLog({ data, signal, log, clock, path: accessLog }));
};

export default collectSessions;
