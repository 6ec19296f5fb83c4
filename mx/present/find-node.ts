import { SynergyError } from '../../domain/errors.ts';
import type { JobKey } from '../../domain/model/record.ts';
import type { NodeView, SchedulerApi } from '../../scheduler/api/api.ts';

/** A node of the timetable; undefined where it does not reach. */
export const findNode = (api: SchedulerApi, key: JobKey): NodeView | undefined => {
  try {
    return api.node(key);
  } catch (error) {
    if (error instanceof SynergyError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
};
