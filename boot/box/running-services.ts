import { SynergyError } from '../../domain/errors.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { isAlive } from '../../lib/os/process-stat.ts';
import { serviceFiles } from '../../supervisor/service-file.ts';
import type { ServiceFile } from '../../supervisor/service-file.ts';

/** What runs on a data folder now. */
export const runningServices = (dataDir: string): ServiceFile[] => serviceFiles(dataDir).filter(isAlive);

/** Whether a service, or the supervisor, runs on a data folder. */
export const isUp = (dataDir: string, service: string): boolean =>
  runningServices(dataDir).some((file) => file.service === service);

/** Running services by name, all when there are no names. Throws `NOT_FOUND`. */
export const namedServices = (dataDir: string, names: readonly string[]): ServiceFile[] => {
  const running = runningServices(dataDir);
  if (names.length === 0) return running;
  return names.map((name) => {
    const found = running.find((file) => file.service === name);
    if (found !== undefined) return found;
    const known = running.map((file) => file.service);
    const rest = didYouMean(name, known) || `; running: ${known.join(', ') || 'nothing'}`;
    throw new SynergyError('NOT_FOUND', `nothing named '${name}' runs on '${dataDir}'${rest}`);
  });
};
