import { SERVICE_MARK, killLeftovers } from '../lib/os/process-mark.ts';
import { isAlive } from '../lib/os/process-stat.ts';
import { signalGroup, signalProcess } from '../lib/os/signal.ts';
import { waitUntil } from '../lib/sleep.ts';
import type { Begun, ServiceFile } from './service-file.ts';

/** A living service of a supervisor that is gone. */
export type AdoptableService = ServiceFile & {
  readonly mark: string;
  readonly owner: string;
  readonly begun: Begun;
};

/** Whether a pid file is that of a service which may go on under another supervisor: it lives, and was begun alike. */
export const isSurvivor = (file: ServiceFile | undefined, digest: string): file is AdoptableService =>
  file?.supervised === true &&
  file.mark !== null &&
  file.owner !== null &&
  file.begun?.digest === digest &&
  isAlive(file);

/**
 * Ends what an earlier supervisor left of a service: asks the process to stop, kills its group after `grace` ms, and then
 * whatever carries its mark. Of a process that is gone already only the mark is looked for: its pid and its group may be
 * another process's by now.
 */
export const endService = async (file: ServiceFile, grace: number): Promise<void> => {
  const isGone = (): boolean => !isAlive(file);
  signalProcess(file, 'SIGTERM');
  if (!(await waitUntil(isGone, grace))) {
    signalGroup(file, 'SIGKILL');
    await waitUntil(isGone, grace);
  }
  if (file.mark !== null) killLeftovers(SERVICE_MARK, [file.mark]);
};
