import type { UowRecord } from '../domain/model/record.ts';
import type { HandlerUow } from './handler.ts';

/** The part of a unit of work that handlers are shown. */
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
