import assert from 'node:assert/strict';
import { uowQuery } from '../../db/embedded/find-uows.ts';
import type { UowFilter } from '../../db/store.ts';
import { openConnection } from '../../sqlite/connection.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('the embedded store looks for units of work', () => {
  let connection: SqliteConnection;
  before(async () => {
    connection = await openConnection(tempFolder());
  });
  after(() => connection.close());

  const planOf = (filter: UowFilter): string => {
    const last = filter.after === undefined ? undefined : { createdAt: 1, order: 1 };
    const { sql, values } = uowQuery(filter, last);
    return connection
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map(([, , , detail]) => detail as string)
      .join('\n');
  };

  const job = { processName: 'Hour', timeperiod: '2015060100' };
  const process = { processName: 'Mail' };
  const entry = { processName: 'Mail', entryName: 'daily' };
  const ended = { states: ['NOOP', 'CANCELED'] } as const;
  // Nearly all are: they are found among all.
  const processed = { states: ['PROCESSED'] } as const;
  const asked: readonly (readonly [UowFilter, index: string])[] = [
    [{}, 'uow_by_time'],
    [job, 'uow_of_job'],
    [{ ...job, ...ended }, 'uow_of_job'],
    [process, 'uow_of_process'],
    [entry, 'uow_of_entry'],
    [ended, 'settled_uow'],
    [processed, 'uow_by_time'],
    [{ ...process, ...processed }, 'uow_of_process'],
    [{ ...entry, ...processed }, 'uow_of_entry'],
    [{ quarantined: true }, 'settled_uow'],
    [{ ...process, ...ended }, 'settled_uow_of_process'],
    [{ ...process, quarantined: true }, 'settled_uow_of_process'],
    [{ ...entry, ...ended }, 'settled_uow_of_entry'],
  ];
  const spans: readonly UowFilter[] = [{}, { from: 1 }, { to: 9 }, { from: 1, to: 9 }];
  for (const [filter, index] of asked)
    for (const order of ['newest', 'oldest'] as const)
      it(`by ${Object.keys(filter).join(', ') || 'nothing'}, the ${order} first, along ${index}`, () => {
        for (const span of spans)
          for (const page of [{}, { after: 'a' }]) {
            const plan = planOf({ ...filter, ...span, ...page, order, limit: 10 });
            assert.doesNotMatch(plan, /TEMP B-TREE|AUTOMATIC/, plan);
            const steps = plan.split('\n').filter((line) => /unit_of_work/.test(line));
            const isBounded = index !== 'uow_by_time' || 'after' in page || Object.keys(span).length > 0;
            for (const step of steps)
              assert.match(step, isBounded ? new RegExp(`^SEARCH .* USING INDEX ${index} \\(`) : /^SCAN/);
            // A page begins where the one before ended.
            if ('after' in page && !/uow_of_job/.test(plan))
              assert.match(plan, /created_at,rowid|created_at[<>]/);
          }
      });

  it('by a state that units do not stay in among those that are in it', () => {
    const plan = planOf({ states: ['REQUESTED'], limit: 10 });
    assert.match(plan, /SEARCH unit_of_work USING INDEX uow_by_state \(state=\?\)/);
  });
});
