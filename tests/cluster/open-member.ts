import type { MembershipDriver } from '../../cluster/driver.ts';
import { createMembership } from '../../cluster/keep-membership.ts';
import type { Membership } from '../../cluster/membership.ts';
import { openMembershipDriver } from '../../cluster/registry.ts';
import { memberId } from '../../domain/cluster/member.ts';
import type { Member } from '../../domain/cluster/member.ts';
import { openStore } from '../../db/registry.ts';
import { stopwatch } from '../../lib/stopwatch.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Where members meet, as another process can be told. */
export interface MeetingPlace {
  /** As the setting `cluster`. */
  readonly address: string;
  /** Of the driver `store`: the setting of that name. */
  readonly store?: string;
  readonly dataDir?: string;
  readonly cluster: string;
  readonly timeout: number;
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Servers of their own need no store. */
const NO_STORE = 'embedded';

/** The driver, with a store of its own: closing it closes both. */
const openDriver = async ({
  address,
  cluster,
  timeout,
  ...place
}: MeetingPlace): Promise<MembershipDriver> => {
  const { store: url = NO_STORE, dataDir = tempFolder() } = place;
  const store = await openStore(url, { dataDir, clock: systemClock });
  const driver = await openMembershipDriver(address, { cluster, timeout, store });
  return { ...driver, close: () => driver.close().finally(() => store.close()) };
};

/** A membership as services have it; `wrap` stands between it and its driver. */
export const openMembership = async (
  place: MeetingPlace,
  wrap = (driver: MembershipDriver): MembershipDriver => driver,
): Promise<Membership> =>
  createMembership(wrap(await openDriver(place)), { timeout: place.timeout, stopwatch, logger: silent });

/** A member by the name of its box. */
export const memberOn = (box: string, facts: Partial<Member['facts']> = {}): Member => ({
  id: memberId(box, 'worker', `${process.pid}`),
  box,
  does: 'work',
  since: Date.now(),
  facts: { version: '1.0.0', service: 'worker', ...facts },
});
