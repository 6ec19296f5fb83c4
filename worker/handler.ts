import type { JsonObject } from '../domain/model/process.ts';
import type { DataStore } from '../db/store.ts';
import type { HandlerUow } from '../domain/model/handler-uow.ts';

/** What a handler is given beside its unit of work. */
export interface HandlerContext {
  /** Aborted when the unit is canceled, its lease lost, its time up or the worker stops. */
  readonly signal: AbortSignal;
  /** Unique per attempt: the idempotency key of what this attempt does; across attempts it is the unit's id. */
  readonly token: string;
  /** Of W3C Trace Context, for what the handler calls: its run is the parent. Absent where no traces are sent. */
  readonly traceparent?: string;
  /** Captured to the unit's log. */
  readonly log: (line: string) => void;
  /** Shown live. */
  readonly progress: (done: number, total: number) => void;
  /** Source rows and sink documents of the store. */
  readonly data: DataStore;
}

/** How a run ended. `processed` is the default outcome; `noop`: there was nothing to do; `cancel`: give up, skip the job. */
export interface HandlerResult {
  readonly processed?: number;
  readonly aggregated?: number;
  readonly outcome?: 'processed' | 'noop' | 'cancel';
}

/** A worker in TypeScript: the default export of the module a process names. Throwing makes the unit INVALID. */
export type Handler = (uow: HandlerUow, context: HandlerContext) => Promise<HandlerResult | undefined>;

/** A daemon in TypeScript. Resolves when it is through or its signal aborts; throwing restarts it with back-off. */
export type DaemonHandler = (context: DaemonContext) => Promise<void>;

/** What a daemon is given. */
export interface DaemonContext extends Pick<HandlerContext, 'signal' | 'log' | 'data'> {
  readonly arguments: JsonObject;
}
