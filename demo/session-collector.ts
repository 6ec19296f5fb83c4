import { shiftedClock } from '../domain/clock.ts';
import type { DaemonHandler } from '../worker/handler.ts';
import { importLog } from './log-import.ts';
import { runVisitStream } from './visit-stream.ts';

/** Arguments of the process entry. */
type CollectorArguments = {
  /** Absolute path; without it, visits are invented. */
  readonly accessLog?: string;
  readonly startTimeperiod?: string;
  /** Time of the timetable minus real time, ms: visits are invented for the time it is there. */
  readonly clockOffset?: number;
};

/** Fills the source `access`: from an access log, after which it ends, or from the stream, as long as it is let. */
const collectSessions: DaemonHandler = async ({ arguments: given, data, signal, log }) => {
  const { accessLog, startTimeperiod, clockOffset = 0 } = given as CollectorArguments;
  const clock = shiftedClock({ now: () => Date.now() }, clockOffset);
  await (accessLog === undefined
    ? runVisitStream({ data, signal, log, clock, startTimeperiod })
    : importLog({ data, signal, log, clock, path: accessLog }));
};

export default collectSessions;
