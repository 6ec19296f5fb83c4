import { entryKeyText } from '../model/entity.ts';
import type { ProcessContext } from '../model/process.ts';
import type { Check } from './state.ts';

/** Which processes and entries are on, as the store and, beneath it, the context say. */
export interface ProcessSwitches {
  /** Sees the rows that tell. */
  readonly check: Pick<Check, 'managed_process' | 'freerun_process'>;
  readonly isOn: (processName: string, entryName?: string | null) => boolean;
}

const keyOf = (processName: string, entryName: string | null = null): string =>
  entryName === null ? processName : entryKeyText(processName, entryName);

/** What the context does not know counts as off. */
export const createProcessSwitches = ({ processes }: ProcessContext): ProcessSwitches => {
  const on = new Map(
    processes.flatMap((entry) => (entry.kind === 'managed' ? [[entry.name, entry.on]] : [])),
  );
  return {
    check: {
      managed_process: (row) => void on.set(row.processName, row.on && on.has(row.processName)),
      freerun_process: (row) => void on.set(keyOf(row.processName, row.entryName), row.on),
    },
    isOn: (processName, entryName) => on.get(keyOf(processName, entryName)) ?? false,
  };
};
