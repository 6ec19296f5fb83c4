import { workerGap } from '../../domain/model/worker-gap.ts';
import { boxSpec } from '../../db/collections.ts';
import type { Standstill } from '../../domain/model/worker-gap.ts';
import { plural } from '../../domain/plural.ts';
import { readStandstills } from '../../scheduler/api/standstill.ts';
import type { Settings } from '../../settings.ts';
import { withStore } from '../../boot/adapters.ts';
import { loadContext } from '../../boot/load-context.ts';

const lineOf = ({ processes, since, text, command }: Standstill): string => {
  const what = processes.length === 0 ? '' : `no worker runs ${processes.join(', ')}: `;
  const when = since === undefined ? '' : `, since ${new Date(since).toISOString().slice(0, 19)}Z`;
  return `${what}${text}${when}; start it with '${command}'`;
};

/** Whether everything that has work to do has a worker, and no unit or daemon stays down. */
export const checkWorkers = async (settings: Settings): Promise<string> => {
  const { context } = await loadContext(settings);
  return withStore(settings, async (store) => {
    const now = Date.now();
    const boxes = await store.collection(boxSpec).list();
    if (boxes.length === 0) return 'nothing has run on this store yet';
    const down = await readStandstills(context, store, now);
    if (down.length > 0) throw new Error(down.map(lineOf).join('; '));
    const idle = context.processes.filter((process) => workerGap(process, boxes, now) !== undefined);
    return idle.length === 0
      ? 'every process has one'
      : `nothing waits for one; ${plural(idle.length, 'process', 'processes')} without: ${idle.map(({ name }) => name).join(', ')}`;
  });
};
