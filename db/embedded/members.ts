import { stopwatch } from '../../lib/stopwatch.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { MemberStore } from '../store.ts';

/** What is over for so long is deleted, ms. */
const FORGET = 60_000;

/**
 * Members by the monotonic clock, which all processes of a machine share. It begins anew when that starts: what was kept
 * before lies in its future, or is over.
 */
export const createMembers = (connection: SqliteConnection): MemberStore => {
  const upsert = connection.prepare(`
    INSERT INTO member (cluster, id, text, beat_at, expires_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET text = excluded.text, beat_at = excluded.beat_at, expires_at = excluded.expires_at`);
  const forget = connection.prepare('DELETE FROM member WHERE beat_at > ? OR expires_at < ?');
  const remove = connection.prepare('DELETE FROM member WHERE cluster = ? AND id = ?');
  const select = connection.prepare(
    'SELECT text FROM member WHERE cluster = ?1 AND beat_at <= ?2 AND expires_at > ?2',
  );
  return {
    beatMember: (cluster, id, text, timeout) =>
      connection.write(() => {
        const now = stopwatch();
        forget.run(now, now - FORGET);
        upsert.run(cluster, id, text, now, now + timeout);
      }),
    leaveMember: (cluster, id) => connection.write(() => void remove.run(cluster, id)),
    liveMembers: (cluster) =>
      connection.read(() => select.all(cluster, stopwatch()).map(([text]) => text as string)),
  };
};
