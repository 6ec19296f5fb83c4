import { lineOfSequence } from '../../domain/model/log-sequence.ts';
import type { LogRecord } from '../../domain/model/record.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { unitPath } from './link.ts';
import { clockText } from './time-text.ts';

/** Lines of a log on one page. */
const MAX_LINES = 500;

interface LogLine {
  readonly sequence: number;
  /** `14`; of a later attempt `2:14`. */
  readonly number: string;
  readonly time: string;
  readonly stream: LogRecord['stream'];
  readonly attempt: number;
  readonly line: string;
}

/** A stretch of a unit of work's captured output. */
export interface LogText {
  readonly uowId: string;
  readonly href: string;
  readonly lines: readonly LogLine[];
  /** The page that goes on where this one ends; undefined when it ends here for now. */
  readonly next: string | undefined;
  readonly cap: number;
}

/** What people count: lines of an attempt, from its first. */
const numberText = (attempt: number, sequence: number): string =>
  `${attempt > 1 ? `${attempt}:` : ''}${lineOfSequence(sequence)}`;

const logText = (uowId: string, records: readonly LogRecord[]): LogText => {
  const shown = records.slice(0, MAX_LINES);
  const last = shown.at(-1);
  return {
    uowId,
    href: unitPath(uowId),
    lines: shown.map(({ sequence, at, stream, attempt, line }) => ({
      sequence,
      number: numberText(attempt, sequence),
      time: clockText(at).text.slice(11),
      stream,
      attempt,
      line,
    })),
    next: records.length > MAX_LINES && last ? `${unitPath(uowId)}?after=${last.sequence}` : undefined,
    cap: MAX_LINES,
  };
};

/** Reads the lines after a sequence number. */
export const readLog = async (api: SchedulerApi, uowId: string, after: number): Promise<LogText> =>
  logText(uowId, await api.log(uowId, after, MAX_LINES + 1));
