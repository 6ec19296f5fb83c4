import { randomUUID } from 'node:crypto';
import type { Logger } from '../../domain/logger.ts';
import { RUN_MARK, killLeftovers } from '../../lib/os/process-mark.ts';

/** Milliseconds for which ended runs come together: looking for what is left of one takes as long as for many. */
const GATHER = 1000;

/** Ends the processes that runs leave behind, wherever they went: out of the process group, into another session. */
export const createOrphans = (logger: Logger) => {
  let ended: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const sweep = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const marks = ended;
    ended = [];
    const killed = marks.length === 0 ? 0 : killLeftovers(RUN_MARK, marks);
    if (killed > 0) logger.warn('processes were killed that outlived their unit', { processes: killed });
  };
  return {
    /** Looks at once for what is left of the runs that have ended. */
    sweep,
    /** Tells the processes of one run from all others. */
    mark: () => {
      const mark = randomUUID();
      return {
        /** Goes into the environment of the run's process; whatever that starts inherits it. */
        environment: { [RUN_MARK]: mark },
        /** Nothing of the run may go on any more. */
        ended: (): void => {
          ended.push(mark);
          timer ??= setTimeout(sweep, GATHER).unref();
        },
      };
    },
  };
};

export type Orphans = ReturnType<typeof createOrphans>;
