import { lineOfSequence } from '../../domain/model/log-sequence.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { unitPath } from './link.ts';
import { clockText } from './time-text.ts';

/** Lines of a log on one page. */
const MAX_LINES = 500;

/** What people count: lines of an attempt, from its first; `14`, of a later attempt `2:14`. */
const numberText = (attempt: number, sequence: number): string =>
  `${attempt > 1 ? `${attempt}:` : ''}${lineOfSequence(sequence)}`;

/** Reads the lines of a unit of work's captured output after a sequence number. */
export const readLog = async (api: SchedulerApi, uowId: string, after: number) => {
  const records = await api.log(uowId, after, MAX_LINES + 1);
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
    /** The page that goes on where this one ends; undefined when it ends here for now. */
    next: records.length > MAX_LINES && last ? `${unitPath(uowId)}?after=${last.sequence}` : undefined,
    cap: MAX_LINES,
  };
};

/** A stretch of a unit of work's captured output. */
export type LogText = Awaited<ReturnType<typeof readLog>>;
