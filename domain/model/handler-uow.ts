import type { UowRecord } from './record.ts';

/** The part of a unit of work that its handler, command or external worker is given. */
export const handlerUow = (uow: UowRecord) => ({
  id: uow.id,
  processName: uow.processName,
  entryName: uow.entryName,
  /** Ten digits; of a freerun unit its planned fire time, 14 digits. */
  timeperiod: uow.timeperiod,
  /** Closed-open range of timeperiods to cover. */
  startTimeperiod: uow.startTimeperiod,
  endTimeperiod: uow.endTimeperiod,
  /** Closed range of source row ids (recomputing); null otherwise. */
  startId: uow.startId,
  endId: uow.endId,
  source: uow.source,
  sink: uow.sink,
  arguments: uow.arguments,
  /** 1 for the first run. */
  attempt: uow.attempt,
});

/** The unit of work as its handler, command or external worker sees it. */
export type HandlerUow = Readonly<ReturnType<typeof handlerUow>>;
