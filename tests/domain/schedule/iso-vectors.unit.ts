import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

import { nextAfter, parseSchedule } from '../../../domain/schedule/schedule.ts';

/** A schedule with its next firing after an instant, or the part of it that has to be refused. */
interface Vector {
  readonly id: string;
  readonly schedule: string;
  readonly note: string;
  readonly after: string | null;
  readonly next?: string | null;
  readonly epsilonMs?: number;
  readonly error?: string;
}

/** Lies outside of the repository. */
const file = new URL('../../../../shared/data/iso-schedules.json', import.meta.url);
const isThere = existsSync(file);
const vectors = isThere ? (JSON.parse(readFileSync(file, 'utf8')) as readonly Vector[]) : [];

(isThere ? describe : describe.skip)(`iso schedules of ${file.pathname}`, () => {
  it('are there', () => assert.ok(vectors.length > 100, `${vectors.length} vectors`));

  for (const { id, schedule, note, after, next, epsilonMs, error } of vectors) {
    it(`${id}: ${note}`, () => {
      if (error !== undefined) {
        const wrong = {
          code: 'INVALID_SCHEDULE',
          message: new RegExp(`the ${error} '`),
        };
        assert.throws(() => parseSchedule(`iso ${schedule}`), wrong);
        if (schedule.includes('/')) assert.throws(() => parseSchedule(schedule), wrong);
        return;
      }
      const parsed = parseSchedule(`iso ${schedule}`);
      assert.equal(nextAfter(schedule, Date.parse(after ?? '')), parsed.next(Date.parse(after ?? '')));
      const found = parsed.next(Date.parse(after ?? ''));
      assert.equal(found, next === null ? undefined : Date.parse(next ?? ''));
      if (epsilonMs !== undefined) assert.equal(parsed.epsilon, epsilonMs);
    });
  }
});
