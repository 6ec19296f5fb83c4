import type { JsonObject } from './process.ts';
import type { UowRecord } from './record.ts';

/** The unit of work as its handler, command or external worker sees it. */
export interface HandlerUow {
  readonly id: string;
  readonly processName: string;
  readonly entryName: string | null;
  /** Ten digits; of a freerun unit its planned fire time, 14 digits. */
  readonly timeperiod: string;
  /** Closed-open range of timeperiods to cover. */
  readonly startTimeperiod: string;
  readonly endTimeperiod: string;
  /** Closed range of source row ids (recomputing); null otherwise. */
  readonly startId: number | null;
  readonly endId: number | null;
  readonly source: string | null;
  readonly sink: string | null;
  readonly arguments: JsonObject;
  /** 1 for the first run. */
  readonly attempt: number;
}

/** The part of a unit of work that its handler, command or external worker is given. */
export const handlerUow = (uow: UowRecord): HandlerUow => ({
  id: uow.id,
  processName: uow.processName,
  entryName: uow.entryName,
  timeperiod: uow.timeperiod,
  startTimeperiod: uow.startTimeperiod,
  endTimeperiod: uow.endTimeperiod,
  startId: uow.startId,
  endId: uow.endId,
  source: uow.source,
  sink: uow.sink,
  arguments: uow.arguments,
  attempt: uow.attempt,
});
