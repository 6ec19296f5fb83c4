import type { MemberStore } from '../store.ts';
import { serverNow } from './commit/journal-sequence.ts';
import type { MongoConnection } from './connection.ts';
import { again } from './failure.ts';

const MEMBER = 'member';
/** What is over for so long is deleted, ms. */
const FORGET = 60_000;
/** An answer that takes longer is of no use to who has to renew in time, and a connection without one is not waited for, ms. */
const ANSWER = 2_000;

/** A member is there until `expiresAt`, by the clock of the server. */
interface MemberDoc {
  /** Cluster and id, as a list in JSON. */
  readonly _id: string;
  readonly cluster: string;
  readonly text: string;
  readonly expiresAt: number;
}

const keyOf = (cluster: string, id: string): string => JSON.stringify([cluster, id]);

/** Members. Nothing is ridden out: they are told of a failure, and try on. */
export const createMembers = (connection: MongoConnection): MemberStore => {
  const members = connection.collection<MemberDoc>(MEMBER);
  const answer = { timeoutMS: ANSWER };
  return {
    beatMember: async (cluster, id, text, timeout) => {
      const renewal = {
        cluster: { $literal: cluster },
        text: { $literal: text },
        expiresAt: { $add: [serverNow, timeout] },
      };
      await again(() =>
        members.updateOne({ _id: keyOf(cluster, id) }, [{ $set: renewal }], { upsert: true, ...answer }),
      );
    },
    leaveMember: async (cluster, id) => {
      await members.deleteOne({ _id: keyOf(cluster, id) }, answer);
    },
    liveMembers: async (cluster) => {
      const left = { $subtract: ['$expiresAt', serverNow] };
      const found = await members
        .aggregate<{
          _id: string;
          text: string;
          left: number;
        }>([{ $match: { cluster: { $eq: cluster } } }, { $project: { text: 1, left } }], answer)
        .toArray();
      const forgotten = found.filter((member) => member.left < -FORGET).map(({ _id }) => _id);
      if (forgotten.length > 0) await members.deleteMany({ _id: { $in: forgotten } }, answer);
      return found.filter((member) => member.left > 0).map(({ text }) => text);
    },
  };
};
