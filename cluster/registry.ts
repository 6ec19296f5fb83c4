import { didYouMean } from '../domain/did-you-mean.ts';
import { SynergyError } from '../domain/errors.ts';
import { redactUrl } from '../domain/redact-url.ts';
import { writeDuration } from '../domain/time/duration.ts';
import type { MemberStore, Store } from '../db/store.ts';
import type { ClusterOptions, MembershipDriver } from './driver.ts';
import { createLocalDriver } from './drivers/local.ts';
import { createStoreDriver } from './drivers/store.ts';

/** What the drivers stand on. */
export interface DriverOptions extends ClusterOptions {
  /** Where `store` has its members meet, and what `auto` goes by. */
  readonly store: MemberStore & Pick<Store, 'capabilities'>;
}

/** Makes the driver of an address; loads its library when there is one. Does not ask the server. */
type MakeDriver = (address: string, options: DriverOptions) => MembershipDriver | Promise<MembershipDriver>;

const ofStore: MakeDriver = (_, { store, ...options }) => createStoreDriver(store, options);

const ofEach = (
  schemes: readonly string[],
  load: () => Promise<MakeDriver>,
): Readonly<Record<string, MakeDriver>> => {
  const make: MakeDriver = async (address, options) => (await load())(address, options);
  return Object.fromEntries(schemes.map((scheme) => [scheme, make]));
};

/** How each driver is made; the key is the setting, or its part before `://`. */
const drivers: Readonly<Record<string, MakeDriver>> = {
  // Processes that share an embedded store share its box.
  auto: (address, options) =>
    options.store.capabilities.shared ? ofStore(address, options) : createLocalDriver(),
  local: createLocalDriver,
  store: ofStore,
  // Loaded when it is asked for: a box without them starts without their libraries.
  ...ofEach(['redis', 'rediss'], async () => (await import('./drivers/redis.ts')).createRedisDriver),
  ...ofEach(
    ['redis+zset', 'rediss+zset'],
    async () => (await import('./drivers/redis-zset.ts')).createRedisZsetDriver,
  ),
  ...ofEach(['etcd', 'etcds'], async () => (await import('./drivers/etcd.ts')).createEtcdDriver),
  ...ofEach(['consul', 'consuls'], async () => (await import('./drivers/consul.ts')).createConsulDriver),
};

/**
 * The driver that an address names, for members of a cluster. Throws `INVALID_SETTING` for a name that is unknown, and for a
 * time-out that its server cannot keep.
 */
export const openMembershipDriver = async (
  address: string,
  options: DriverOptions,
): Promise<MembershipDriver> => {
  const [name = ''] = address.split('://');
  const make = Object.hasOwn(drivers, name) ? drivers[name] : undefined;
  if (make === undefined) {
    const known = Object.keys(drivers);
    throw new SynergyError(
      'INVALID_SETTING',
      `cluster '${redactUrl(address)}' is unknown: expected one of ${known.join(', ')}${didYouMean(name, known)}`,
    );
  }
  const driver = await make(address, options);
  if (options.timeout >= driver.leastTimeout) return driver;
  await driver.close();
  const [given, least] = [options.timeout, driver.leastTimeout].map(writeDuration);
  throw new SynergyError(
    'INVALID_SETTING',
    `memberTimeout ${given} is too short for ${name}: expected at least ${least}`,
  );
};
