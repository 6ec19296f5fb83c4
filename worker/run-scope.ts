import type { JsonObject } from '../domain/model/process.ts';
import type { UowRecord } from '../domain/model/record.ts';
import type { Report } from '../domain/model/report.ts';
import type { LogCapture } from './output/log-capture.ts';

/** What is to be run: a unit of work, or a daemon. */
export interface Task {
  readonly processName: string;
  /** Null for a daemon. */
  readonly uow: UowRecord | null;
  readonly arguments: JsonObject;
  /** Of W3C Trace Context; absent where no traces are sent. */
  readonly traceparent?: string | undefined;
}

/** The surroundings of one run. */
export interface RunScope {
  /** Aborted when the unit is canceled, its lease lost, its time up or the worker stops; its reason is the text to report. */
  readonly signal: AbortSignal;
  /** Aborted when the worker can wait no longer, for all runs at once: what still runs must be killed or left behind. */
  readonly kill: AbortSignal;
  /** Milliseconds between the first and the second. */
  readonly killGrace: number;
  readonly log: LogCapture;
  readonly progress: (done: number, total: number) => void;
  /** Its time limit, which has just begun: its length, and the report when it is exceeded. */
  readonly timeLimit?: { readonly length: number; readonly report: Report } | undefined;
  /** Awaits its turn, which counts towards no time limit. */
  readonly wait: <T>(turn: Promise<T>) => Promise<T>;
}
