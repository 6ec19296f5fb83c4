import type { Member } from '../../domain/cluster/member.ts';
import { readMembers, writeMember } from '../member-text.ts';
import type { ClusterOptions, MembershipDriver } from '../driver.ts';
import { createEtcdClient } from './etcd-client.ts';
import type { EtcdAnswer, EtcdClient } from './etcd-client.ts';
import { keepFollowing } from './follow.ts';
import { keyPart } from './key-part.ts';

/** Before a watch that was cut is tried again, ms. */
const PAUSE = 1000;

const encode = (text: string): string => Buffer.from(text).toString('base64');
const decode = (text: string): string => Buffer.from(text, 'base64').toString();

/** All keys that begin with a text that ends in '/': '0' is the character behind it. */
const beginningWith = (prefix: string) => ({
  key: encode(prefix),
  range_end: encode(`${prefix.slice(0, -1)}0`),
});

/** What the server was told of a member. */
interface Entered {
  readonly lease: string;
  readonly text: string;
}

/** Whether the lease is still there, for as long again. */
const renew = async (etcd: EtcdClient, lease: string): Promise<boolean> => {
  const answer = await etcd.call('/v3/lease/keepalive', { ID: lease });
  const { TTL } = (answer?.['result'] ?? {}) as EtcdAnswer;
  return Number(TTL ?? 0) > 0;
};

/** Each member is a key of etcd under a lease, which ends by the server's clock. */
export const createEtcdDriver = (address: string, { cluster, timeout }: ClusterOptions): MembershipDriver => {
  const etcd = createEtcdClient(address, timeout);
  const prefix = `/synergy/${keyPart(cluster)}/members/`;
  const keyOf = (id: string): string => encode(prefix + keyPart(id));
  const entered = new Map<string, Entered>();

  const enter = async ({ id }: Member, text: string, known?: string): Promise<void> => {
    const granted = known ?? (await etcd.call('/v3/lease/grant', { TTL: Math.ceil(timeout / 1000) }))?.['ID'];
    const lease = String(granted);
    await etcd.call('/v3/kv/put', { key: keyOf(id), value: encode(text), lease });
    entered.set(id, { lease, text });
  };
  /** What others no longer see is entered anew by the next beat, even if its lease is still there. */
  const forgetLost = (before: ReadonlyMap<string, Entered>, keys: ReadonlySet<unknown>): void => {
    for (const [id, seen] of before) if (entered.get(id) === seen && !keys.has(keyOf(id))) entered.delete(id);
  };
  return {
    name: 'etcd',
    leastTimeout: 2000,
    beat: async (self) => {
      const [text, known] = [writeMember(self), entered.get(self.id)];
      const lease = known !== undefined && (await renew(etcd, known.lease)) ? known.lease : undefined;
      if (lease === undefined || known?.text !== text) await enter(self, text, lease);
    },
    leave: async ({ id }) => {
      const lease = entered.get(id)?.lease;
      entered.delete(id);
      if (lease !== undefined) await etcd.call('/v3/lease/revoke', { ID: lease });
      else await etcd.call('/v3/kv/deleterange', { key: keyOf(id) });
    },
    list: async () => {
      const before = new Map(entered);
      const answer = await etcd.call('/v3/kv/range', beginningWith(prefix));
      const found = (answer?.['kvs'] ?? []) as { key: string; value: string }[];
      forgetLost(before, new Set(found.map(({ key }) => key)));
      return readMembers(found.map(({ value }) => decode(value)));
    },
    watch: (onChange) => {
      const request = { create_request: beginningWith(prefix) };
      return keepFollowing((signal) => etcd.watch(request, onChange, signal), PAUSE, etcd.closing);
    },
    close: () => etcd.close(),
  };
};
