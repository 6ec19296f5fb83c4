import { createMembership } from '../../cluster/keep-membership.ts';
import type { Membership } from '../../cluster/membership.ts';
import { openMembershipDriver } from '../../cluster/registry.ts';
import { UNTOLD, byMemberId, memberId } from '../../domain/cluster/member.ts';
import type { ClusterView, Member, MemberFacts } from '../../domain/cluster/member.ts';
import type { Logger } from '../../domain/logger.ts';
import { SCHEDULER, SUPERVISOR } from '../../domain/model/service-name.ts';
import { packageVersion } from '../../lib/package-info.ts';
import { within } from '../../lib/sleep.ts';
import { stopwatch } from '../../lib/stopwatch.ts';
import type { Settings } from '../../settings.ts';
import { openAdapters } from '../adapters.ts';
import type { Adapters } from '../adapters.ts';
import { runningServices } from './running-services.ts';

/** A service that stops waits so long for the others to hear of it, ms; they see it soon enough themselves. */
const FAREWELL = 1_000;

/** Of who asks once: what goes wrong is thrown. */
const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The membership that the settings name. Throws `INVALID_SETTING`; asks no server yet. */
const openMembership = async (
  { settings, store }: Pick<Adapters, 'settings' | 'store'>,
  logger: Logger,
): Promise<Membership> => {
  const { cluster: address, clusterName: cluster, memberTimeout: timeout } = settings;
  const driver = await openMembershipDriver(address, { cluster, timeout, store });
  return createMembership(driver, { timeout, stopwatch, logger });
};

/** Running services of this box, of which no more is known than that. */
const servicesHere = ({ dataDir, boxId: box }: Settings): Member[] =>
  runningServices(dataDir)
    .filter(({ service }) => service !== SUPERVISOR)
    .map(({ service, startedAt: since, pid }) => ({
      id: memberId(box, service, `${since}-${pid}`),
      box,
      does: service === SCHEDULER ? 'schedule' : 'work',
      since,
      facts: { version: UNTOLD, service },
    }));

/** Who is there, for people: where services do not see each other, those that run on this box are added. */
export const clusterView = (
  { name: driver }: Pick<Membership, 'name'>,
  seen: readonly Member[],
  settings: Settings,
): ClusterView => {
  const known = new Set(seen.map(({ facts }) => facts.service));
  const here = driver === 'local' ? servicesHere(settings) : [];
  const members = [...seen, ...here.filter(({ facts }) => !known.has(facts.service))].sort(byMemberId);
  return { name: settings.clusterName, driver, members };
};

/** Who is there now, asked by a process that is none of them. Rejects when the server does not answer. */
export const readCluster = async (adapters: Pick<Adapters, 'settings' | 'store'>): Promise<ClusterView> => {
  const membership = await openMembership(adapters, silent);
  try {
    return clusterView(membership, await membership.refresh(), adapters.settings);
  } finally {
    await membership.close();
  }
};

/** A service in its cluster. */
export interface Joined {
  readonly cluster: () => ClusterView;
  /** Tells the others what has become of it. Returns at once. */
  tell(facts: Partial<MemberFacts>): void;
  /** In order, once; resolves soon, also when no server answers. */
  leave(): Promise<void>;
}

/**
 * Has a service join its cluster. Others are a hint, which nothing waits for: it goes on while it joins, and when it
 * cannot. Throws `INVALID_SETTING`.
 */
const joinCluster = async (
  adapters: Pick<Adapters, 'settings' | 'store' | 'clock'>,
  logger: Logger,
  told: Omit<MemberFacts, 'version'>,
): Promise<Joined> => {
  const { settings, clock } = adapters;
  const membership = await openMembership(adapters, logger);
  const since = clock.now();
  let left: Promise<void> | undefined;
  let facts: MemberFacts = { version: packageVersion, ...told };
  const join = (): void =>
    void membership.join({
      id: memberId(settings.boxId, facts.service, `${since}-${process.pid}`),
      box: settings.boxId,
      does: facts.service === SCHEDULER ? 'schedule' : 'work',
      since,
      facts,
    });
  join();
  return {
    cluster: () => clusterView(membership, membership.members(), settings),
    tell: (more) => {
      facts = { ...facts, ...more };
      join();
    },
    leave: () => (left ??= within(FAREWELL, membership.close())),
  };
};

/** What a service stands on, and its cluster: closing it leaves that. */
export interface ServiceAdapters extends Adapters {
  /** See `joinCluster`; once. */
  join(told: Omit<MemberFacts, 'version'>): Promise<Joined>;
}

/** Opens store and queue for a service. Throws as `openAdapters`. */
export const openServiceAdapters = async (settings: Settings, logger: Logger): Promise<ServiceAdapters> => {
  const adapters = await openAdapters(settings);
  let joined: Joined | undefined;
  return {
    ...adapters,
    join: async (told) => (joined = await joinCluster(adapters, logger, told)),
    close: async () => {
      await joined?.leave();
      await adapters.close();
    },
  };
};
