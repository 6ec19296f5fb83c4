import type { ProcessEntry } from '../domain/model/process.ts';
import { stopwatch } from '../lib/stopwatch.ts';
import type { Deliveries } from '../worker/delivery/deliveries.ts';
import { createCourier } from '../worker/delivery/registry.ts';
import { createSecretReader } from '../worker/delivery/secrets.ts';
import type { Adapters } from './adapters.ts';
import { openEventKey } from './event-key.ts';

/** Without a name of its own an installation is called so. */
const DEFAULT_INSTANCE = 'synergy';

/** What a worker delivers event triggers with; undefined where nothing that it serves does. No connection is opened yet. */
export const openDeliveries = (
  { settings, store, queue, clock }: Pick<Adapters, 'settings' | 'store' | 'queue' | 'clock'>,
  served: readonly ProcessEntry[],
): Deliveries | undefined => {
  if (!served.some(({ worker }) => worker.kind === 'event')) return undefined;
  const courier = createCourier({
    clock,
    stopwatch,
    scheduler: { store, queue, clock },
    slots: settings.eventConcurrency,
    allow: settings.eventAllow,
    connections: settings.eventConnections,
    proxy: settings.eventProxy,
  });
  return {
    courier,
    instance: settings.mxTitle ?? DEFAULT_INSTANCE,
    secretsOf: createSecretReader({
      store,
      clock,
      unseal: openEventKey(settings, store).unseal,
    }),
  };
};
