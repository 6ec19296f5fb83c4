import type { Member } from '../../domain/cluster/member.ts';
import { stopwatch } from '../../lib/stopwatch.ts';
import { readMembers, writeMember } from '../member-text.ts';
import type { ClusterOptions, MembershipDriver } from '../driver.ts';
import { createConsulClient } from './consul-client.ts';
import type { ConsulClient } from './consul-client.ts';
import { keepFollowing } from './follow.ts';
import { keyPart } from './key-part.ts';
import { outage, refusal } from './server-failure.ts';

/** Shortest time of a session, s. Consul ends it up to twice as late, so that readers judge by counts. */
const LEAST_SESSION = 10;
/** How long Consul waits for news before it answers that there are none, s; and a sixteenth longer. */
const WAIT = 30;
const WAIT_LIMIT = 40_000;
/** Between two waits, ms: each renewal of a member ends one. */
const PAUSE = 250;

interface StoredMember {
  readonly Key: string;
  /** Base64. */
  readonly Value: string | null;
  readonly Session?: string;
}

const put = async (consul: ConsulClient, path: string, body?: string): Promise<unknown> => {
  const { value } = await consul.ask({ method: 'PUT', path, ...(body === undefined ? {} : { body }) });
  return value;
};

const createSession = async (consul: ConsulClient, timeout: number): Promise<string> => {
  const TTL = `${Math.max(LEAST_SESSION, Math.ceil(timeout / 1000))}s`;
  const session = { Name: 'synergy', TTL, Behavior: 'delete', LockDelay: '0s' };
  const created = await put(consul, '/v1/session/create', JSON.stringify(session));
  if (created === undefined) throw refusal(consul.address, 'has no sessions: see host and port');
  return (created as { ID: string }).ID;
};

/** Sessions of members, by id. */
const createSessions = (consul: ConsulClient, timeout: number) => {
  const known = new Map<string, string>();
  return {
    /** One that is good for another while. */
    renewed: async (id: string): Promise<string> => {
      const own = known.get(id);
      if (own !== undefined && (await put(consul, `/v1/session/renew/${own}`)) !== undefined) return own;
      const created = await createSession(consul, timeout);
      known.set(id, created);
      return created;
    },
    forget: (id: string): string | undefined => {
      const own = known.get(id);
      known.delete(id);
      return own;
    },
  };
};

/** Tells whose entries still change: gone is who stood still for the time-out, by the clock of this process. */
const createJudge = (timeout: number) => {
  let seen = new Map<string, { readonly entry: string; readonly at: number }>();
  return (found: readonly StoredMember[], at: number): readonly StoredMember[] => {
    const before = seen;
    seen = new Map();
    return found.filter(({ Key, Value, Session }) => {
      const entry = `${Session} ${Value}`;
      const known = before.get(Key);
      const changedAt = known?.entry === entry ? known.at : at;
      seen.set(Key, { entry, at: changedAt });
      return at - changedAt < timeout;
    });
  };
};

/** What a member counts up, that others see it change, and itself. */
const readText = (value: string): string => {
  const text = Buffer.from(value, 'base64').toString();
  return text.slice(text.indexOf(' ') + 1);
};

/** Waits for members that come or go; each call waits for the next. Renewals alone are no news. */
const createFollower = (consul: ConsulClient, prefix: string, onChange: () => void) => {
  let index = '';
  let keys = '';
  return async (signal: AbortSignal): Promise<void> => {
    const since = index === '' ? '' : `&index=${index}&wait=${WAIT}s`;
    // After a failure it begins anew: a server that was emptied counts from zero.
    index = '';
    const path = `${prefix}?keys${since}`;
    const answer = await consul.ask({ method: 'GET', path, limit: WAIT_LIMIT, signal });
    index = answer.index;
    const found = JSON.stringify(answer.value ?? []);
    if (found !== keys) onChange();
    keys = found;
  };
};

/** Each member is a key of Consul under a session, with a count that it raises; whoever reads judges by the clock of its own. */
export const createConsulDriver = (
  address: string,
  { cluster, timeout }: ClusterOptions,
): MembershipDriver => {
  const consul = createConsulClient(address, timeout);
  const prefix = `/v1/kv/synergy/${keyPart(cluster)}/members/`;
  const pathOf = ({ id }: Member): string => prefix + keyPart(id);
  const sessions = createSessions(consul, timeout);
  const living = createJudge(timeout);
  let count = 0;

  return {
    name: 'consul',
    leastTimeout: 1000,
    beat: async (self) => {
      const session = await sessions.renewed(self.id);
      const body = `${++count} ${writeMember(self)}`;
      if ((await put(consul, `${pathOf(self)}?acquire=${session}`, body)) === true) return;
      // Of a session that a lost answer has told of: it ends by itself.
      sessions.forget(self.id);
      throw outage(consul.address, 'another session holds the key of this member');
    },
    leave: async (self) => {
      const session = sessions.forget(self.id);
      if (session !== undefined) await put(consul, `/v1/session/destroy/${session}`);
      else await consul.ask({ method: 'DELETE', path: pathOf(self) });
    },
    list: async () => {
      const { value = [] } = await consul.ask({ method: 'GET', path: `${prefix}?recurse` });
      // Not before what it tells of was written: no member is gone before it counts itself out.
      const at = stopwatch();
      // Without a session it is no member any more, or someone else's.
      const held = (value as StoredMember[]).filter(({ Session }) => Session !== undefined);
      return readMembers(living(held, at).map(({ Value }) => readText(Value ?? '')));
    },
    watch: (onChange) => keepFollowing(createFollower(consul, prefix, onChange), PAUSE, consul.closing),
    close: () => consul.close(),
  };
};
