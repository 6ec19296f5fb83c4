import { plural } from '../domain/plural.ts';
import type { Exit, ServiceState } from './service-state.ts';

/** What people are told of the end of a service's process; undefined when they asked for it. `service` is as it was left. */
export const exitMessage = (
  name: string,
  service: ServiceState,
  exit: Exit,
  now: number,
): string | undefined => {
  if (service.phase === 'failed') {
    return `${name} failed ${plural(service.failures.length, 'time')} within a minute (${exit.how}): from now on it is tried once a minute; see its log, then: synergy super start ${name}`;
  }
  if (service.phase !== 'backing-off') return undefined;
  if (exit.outage) return `${name} waits: ${exit.how}`;
  const work = exit.held === 0 ? '' : ` with ${plural(exit.held, 'unit of work', 'units of work')} in hand`;
  const wait = service.restartAt - now;
  return `${name} ended (${exit.how})${work}; it is started again ${wait <= 0 ? 'at once' : `in ${Math.ceil(wait / 1000)} s`}`;
};
