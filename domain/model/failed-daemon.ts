import { WORKER } from './service-name.ts';
import { isForegroundService } from './worker-gap.ts';
import type { BoxRecord } from './record.ts';

/** What a record says of a daemon holds while the worker runs that wrote it, or one that was started before. */
const isOfToday = (daemon: BoxRecord, boxes: readonly BoxRecord[]): boolean =>
  boxes.some(
    ({ boxId, unit, actual, startedAt }) =>
      boxId === daemon.boxId &&
      (unit === WORKER || isForegroundService(unit)) &&
      actual === 'running' &&
      startedAt !== null &&
      startedAt <= daemon.updatedAt,
  );

/**
 * Record of a daemon, among the named ones, that failed too often and stays down although its worker runs, with none of
 * its name at work on another box; undefined when there is none.
 */
export const failedDaemon = (
  names: readonly string[],
  boxes: readonly BoxRecord[],
): BoxRecord | undefined => {
  const daemons = boxes.filter((box) => names.includes(box.unit) && isOfToday(box, boxes));
  return daemons.find(
    ({ unit, actual }) =>
      actual === 'failed' && daemons.every((other) => other.unit !== unit || other.actual === 'failed'),
  );
};
