import { loadContext } from '../../boot/load-context.ts';
import {
  COLLECTOR_QUEUE,
  COMMAND_QUEUE,
  UOW_STATUS_QUEUE,
  workQueue,
} from '../../domain/model/queue-name.ts';
import type { World } from './world.ts';

/** Queues that the scheduler listens to. */
export const schedulerQueues = [UOW_STATUS_QUEUE, COMMAND_QUEUE, COLLECTOR_QUEUE] as const;

/** Queue of each process of a world, by its name. */
export const workQueues = async ({ settings, folder }: World): Promise<ReadonlyMap<string, string>> => {
  const { context } = await loadContext(settings, folder);
  return new Map(context.processes.map((entry) => [entry.name, workQueue(entry)]));
};

/** Every queue of a world. */
export const queuesOf = async (world: World): Promise<readonly string[]> => [
  ...schedulerQueues,
  ...(await workQueues(world)).values(),
];
