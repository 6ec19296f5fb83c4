import type { WorkerSpec } from '../../domain/model/process.ts';

/** Who does the work of a process. */
export const workerText = (worker: WorkerSpec): string => {
  switch (worker.kind) {
    case 'handler':
      return `handler ${worker.module.split('/').at(-1) ?? worker.module}, ${worker.exportName}`;
    case 'command':
      return `command ${worker.argv.join(' ')}`;
    case 'external':
      return 'external, over the HTTP API';
    case 'event':
      return 'delivers event triggers';
    case 'identity':
    case 'failing':
      return worker.kind;
  }
};
