import { didYouMean } from '../domain/did-you-mean.ts';
import { SynergyError } from '../domain/errors.ts';
import { redactUrl } from '../domain/redact-url.ts';
import { writeDuration } from '../domain/time/duration.ts';
import type { ClusterOptions, MembershipDriver } from './driver.ts';
import { createLocalDriver } from './drivers/local.ts';

/** Makes the driver of an address; loads its library when there is one. Does not ask the server. */
type MakeDriver = (address: string, options: ClusterOptions) => MembershipDriver | Promise<MembershipDriver>;

/** How each driver is made; the key is the setting, or its part before `://`. */
const drivers: Readonly<Record<string, MakeDriver>> = {
  local: createLocalDriver,
};

/**
 * The driver that an address names, for members of a cluster. Throws `INVALID_SETTING` for a name that is unknown, and for a
 * time-out that its server cannot keep.
 */
export const openMembershipDriver = async (
  address: string,
  options: ClusterOptions,
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
