import type { MemberStore } from '../../db/store.ts';
import type { ClusterOptions, MembershipDriver } from '../driver.ts';
import { readMembers, writeMember } from '../member-text.ts';

/** Members meet in the store, by its clock. */
export const createStoreDriver = (
  store: MemberStore,
  { cluster, timeout }: ClusterOptions,
): MembershipDriver => ({
  name: 'store',
  leastTimeout: 1_000,
  beat: (self) => store.beatMember(cluster, self.id, writeMember(self), timeout),
  leave: ({ id }) => store.leaveMember(cluster, id),
  list: async () => readMembers(await store.liveMembers(cluster)),
  // The store is another's.
  close: () => Promise.resolve(),
});
