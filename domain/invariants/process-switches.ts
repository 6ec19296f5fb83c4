import { entryKeyText } from '../model/entity.ts';
import type { ProcessContext } from '../model/process.ts';
import type { Check } from './state.ts';

const keyOf = (processName: string, entryName: string | null = null): string =>
  entryName === null ? processName : entryKeyText(processName, entryName);

/** Which processes and entries are on, as the store and, beneath it, the context say. What the context does not know counts as off. */
export const createProcessSwitches = ({ processes }: ProcessContext) => {
  const on = new Map(
    processes.flatMap((entry) => (entry.kind === 'managed' ? [[entry.name, entry.on]] : [])),
  );
  return {
    /** Sees the rows that tell. */
    check: {
      managed_process: (row) => void on.set(row.processName, row.on && on.has(row.processName)),
      freerun_process: (row) => void on.set(keyOf(row.processName, row.entryName), row.on),
    } satisfies Check,
    isOn: (processName: string, entryName?: string | null): boolean =>
      on.get(keyOf(processName, entryName)) ?? false,
  };
};

export type ProcessSwitches = ReturnType<typeof createProcessSwitches>;
