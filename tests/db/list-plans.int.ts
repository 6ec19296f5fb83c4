import assert from 'node:assert/strict';
import {
  createFindTransitions,
  LOOKED_AT,
  rowsAlong,
  rowsGathered,
  rowsOfOne,
} from '../../db/embedded/find-transitions.ts';
import { createCollections } from '../../db/collection-rows.ts';
import { commandSpec, listCommands } from '../../db/collections.ts';
import { createRowsOf } from '../../db/embedded/collection-rows.ts';
import { rejectedQuery } from '../../db/embedded/claims.ts';
import { openConnection } from '../../sqlite/connection.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import { noSubject } from '../support/records.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('the embedded store looks for rows of the journal and for what is kept beside it', () => {
  let connection: SqliteConnection;
  before(async () => {
    connection = await openConnection(tempFolder());
  });
  after(() => connection.close());

  const planOf = ({ sql, values }: ReturnType<typeof rowsAlong>): string[] =>
    connection
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map(([, , , detail]) => detail as string);
  const ofProcess = { entityPrefixes: ['Mail/', 'Mail:'] };
  const ofEntry = { entityId: 'Mail:daily', entityPrefixes: ['Mail:daily/'] };

  for (const order of ['ASC', 'DESC'] as const) {
    const stretch = { from: 5, to: 9, order, limit: 10 };

    it(`of one entity along its versions, ${order}`, () => {
      for (const [bound, bounds] of [
        [undefined, 'entity_id=?'],
        [7, `entity_id=? AND version${order === 'ASC' ? '>' : '<'}?`],
      ] as const)
        assert.deepEqual(planOf(rowsOfOne('Mail:daily', stretch, bound)), [
          `SEARCH transition USING INDEX transition_of_entity (${bounds})`,
        ]);
    });

    it(`of all and near the begin along the journal itself, ${order}`, () => {
      for (const entities of [{}, ofProcess, ofEntry])
        assert.deepEqual(planOf(rowsAlong(entities, stretch)), [
          'SEARCH transition USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)',
        ]);
    });

    it(`of several far from the begin by the index alone, ${order}`, () => {
      const found = (bounds: string): string =>
        `SEARCH transition USING COVERING INDEX transition_of_entity (${bounds})`;
      const one = 'entity_id=?';
      const range = 'entity_id>? AND entity_id<?';
      for (const [entities, bounds] of [
        [ofProcess, [range, range]],
        [ofEntry, [one, range]],
      ] as const) {
        const plan = planOf(rowsGathered(entities, stretch));
        for (const part of bounds)
          assert.ok(
            plan.some((step) => step.startsWith(found(part).slice(0, -1))),
            plan.join('\n'),
          );
        assert.ok(!plan.some((step) => /^SCAN transition/.test(step)), plan.join('\n'));
      }
    });
  }

  it('of commands by the index on what they are about', async () => {
    const seen: string[] = [];
    const prepare = (sql: string) => {
      seen.push(sql);
      return connection.prepare(sql);
    };
    const store = createCollections(createRowsOf({ ...connection, prepare }));
    await store.collection(commandSpec).insertNew({
      ...{ id: 'c1', kind: 'skip', arguments: {}, ...noSubject, actor: 'ann', reason: null },
      ...{ createdAt: 1, state: 'open', finishedAt: null, result: null },
    });
    for (const [entity, index] of [
      ['Mail', 'command_by_process_name (process_name=?'],
      ['Mail:daily', 'command_by_belongs_to (belongs_to=?'],
      ['Mail:daily/20150601001500#1', 'command_by_entity (entity=?'],
    ] as const)
      for (const after of [undefined, 'c1']) {
        await listCommands(store, { entity, ...(after !== undefined && { after }), limit: 10 });
        const sql = seen.findLast((text) => /^SELECT .* LIMIT/.test(text)) ?? '';
        assert.deepEqual(planOf({ sql, values: [] }), [
          `SEARCH command USING INDEX ${index}${after === undefined ? '' : ' AND rowid<?'})`,
        ]);
      }
  });

  it('by the place of their arrival, or of a unit by its id, where reports were rejected', () => {
    for (const order of ['newest', 'oldest'] as const) {
      const place = `rowid${order === 'newest' ? '<' : '>'}?`;
      const ofUnit = { order, uowId: 'a', after: 7 };
      assert.deepEqual(planOf(rejectedQuery(10, { order })), ['SCAN rejected_report']);
      assert.deepEqual(planOf(rejectedQuery(10, { order, after: 7 })), [
        `SEARCH rejected_report USING INTEGER PRIMARY KEY (${place})`,
      ]);
      assert.deepEqual(planOf(rejectedQuery(10, ofUnit)), [
        `SEARCH rejected_report USING INDEX rejected_of_unit (id=? AND ${place})`,
      ]);
    }
  });

  it('finds those that lie far apart, page by page, in both orders', async () => {
    const many = 3 * LOOKED_AT;
    const isRare = (place: number): boolean => place % (LOOKED_AT / 2) === 1;
    await connection.write(() =>
      connection
        .prepare(
          `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
          INSERT INTO transition (entity_kind, entity_id, version, "to", event, at, actor, epoch, attempt)
          SELECT 'uow', iif(i % ${LOOKED_AT / 2} = 1, 'Mail:daily/' || i || '#1', 'Busy/' || i || '#1'), 1, 'REQUESTED', 'request', i, 'scheduler', 1, 0 FROM n`,
        )
        .run(many),
    );
    const find = createFindTransitions(connection);
    const places = Array.from({ length: many }, (_, i) => i + 1).filter(isRare);
    for (const entities of [ofProcess, ofEntry])
      for (const limit of [1, 2, 4, 100]) {
        const walk = (order: 'newest' | 'oldest'): number[] => {
          const seen: number[] = [];
          for (;;) {
            const last = seen.at(-1);
            const place =
              order === 'oldest' ? { after: last ?? 0 } : last === undefined ? {} : { before: last };
            const page = find({ ...entities, ...place, limit });
            if (page.length === 0) return seen;
            seen.push(...page.map(({ sequence }) => sequence));
          }
        };
        assert.deepEqual(walk('oldest'), places);
        assert.deepEqual(walk('newest'), places.toReversed());
      }
  });
});
