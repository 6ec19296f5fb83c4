import type { Member } from '../../domain/cluster/member.ts';
import type { MembershipDriver } from '../driver.ts';

/** For a box that is alone: its members are those of this process. */
export const createLocalDriver = (): MembershipDriver => {
  const members = new Map<string, Member>();
  return {
    name: 'local',
    leastTimeout: 0,
    beat: (self) => {
      members.set(self.id, self);
      return Promise.resolve();
    },
    leave: ({ id }) => {
      members.delete(id);
      return Promise.resolve();
    },
    list: () => Promise.resolve([...members.values()]),
    close: () => Promise.resolve(),
  };
};
