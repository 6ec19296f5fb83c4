import type { ManagedProcess, ProcessEntry } from './process.ts';

/** Workers ring here after every report; the scheduler listens. */
export const UOW_STATUS_QUEUE = 'q_uow_status';
/** The CLI rings here after it has stored a command. */
export const COMMAND_QUEUE = 'q_command';
/** The supervisor rings here, with a lease owner, after it has released the leases of a worker that is gone. */
export const COLLECTOR_QUEUE = 'q_collector';

const token = (name: string): string => name.replace(/[^A-Za-z0-9]+/g, '_').toLowerCase();
const isManaged = (entry: ProcessEntry): entry is ManagedProcess => entry.kind === 'managed';

/** Queue of a process's units of work: `queue_<token>_<qualifier>`, as in the lineage; `freerun` stands for the qualifier of the unmanaged. */
export const workQueue = (entry: ProcessEntry): string =>
  `queue_${token(entry.name)}_${isManaged(entry) ? entry.qualifier : entry.kind}`;
