import type { LogRecord } from '../model/record.ts';

/** What one attempt of an execution sent and got. */
export interface Attempt {
  /** From 1. */
  readonly number: number;
  /** When its first line was written, ms. */
  readonly at: number;
  /** Request and answer, each in one line as the worker logged them; empty while there is none. */
  readonly request: string;
  readonly answer: string;
  /** Headers that were sent, a line each; of tests, and of attempts that were not delivered. */
  readonly headers: string;
  /** The beginning of what was answered. */
  readonly body: string;
}

const attemptOf = (number: number, records: readonly LogRecord[]): Attempt => {
  const isSent = ({ line }: LogRecord): boolean => line.startsWith('→ ');
  const isAnswer = ({ line }: LogRecord): boolean => line.startsWith('← ');
  const text = (record: LogRecord | undefined): string => record?.line.slice(2) ?? '';
  const [request, ...headers] = records.filter(isSent);
  const answer = records.findIndex(isAnswer);
  const behind = answer === -1 ? records.filter((record) => !isSent(record)) : records.slice(answer + 1);
  return {
    number,
    at: records[0]?.at ?? 0,
    request: text(request),
    headers: headers.map(text).join('\n'),
    answer: text(records[answer]),
    body: behind.map(({ line }) => line).join('\n'),
  };
};

/** The attempts of an execution, the latest first, as far as its log is kept. */
export const attemptsOf = (log: readonly LogRecord[]): Attempt[] => {
  const byNumber = new Map<number, LogRecord[]>();
  for (const record of log) {
    const records = byNumber.get(record.attempt);
    if (records === undefined) byNumber.set(record.attempt, [record]);
    else records.push(record);
  }
  return [...byNumber].sort(([a], [b]) => b - a).map(([number, records]) => attemptOf(number, records));
};
