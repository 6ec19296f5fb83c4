import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { MongoClient } from 'mongodb';
import type { Document } from 'mongodb';
import { uowQueries } from '../../db/mongo/find-uows.ts';
import { indexes } from '../../db/mongo/indexes.ts';
import { toUowDoc, withStanding } from '../../db/mongo/records.ts';
import type { UowDoc } from '../../db/mongo/records.ts';
import type { UowFilter } from '../../db/store.ts';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import { startMongoServer, whyNoMongod } from '../support/mongo-server.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import { freshUow } from '../support/records.ts';
import { openMongoFixture } from './mongo-fixture.ts';
import type { MongoFixture } from './mongo-fixture.ts';

const job = { processName: 'Hour', timeperiod: '2015060100' };
const process = { processName: 'Mail' };
const entry = { processName: 'Mail', entryName: 'entry-4' };
const ended = { states: ['NOOP', 'CANCELED'] } as const;
const processed = { states: ['PROCESSED'] } as const;

/** By what units are asked for, and the fields before the time of the index that serves. */
const asked: readonly (readonly [UowFilter, fields: readonly string[]])[] = [
  [{}, []],
  [job, ['processName', 'timeperiod']],
  [{ ...job, ...ended }, ['processName', 'timeperiod']],
  [process, ['processName']],
  [entry, ['processName', 'entryName']],
  [ended, ['state']],
  [processed, ['state']],
  [{ quarantined: true }, ['state']],
  [{ ...process, ...ended }, ['processName', 'state']],
  [{ ...process, ...processed }, ['processName', 'state']],
  [{ ...process, quarantined: true }, ['processName', 'state']],
  [{ ...entry, ...ended }, ['processName', 'entryName', 'state']],
  [{ ...entry, ...processed }, ['processName', 'entryName', 'state']],
];

/** In both orders, in all spans, the first page and a later one. */
const pagesOf = (filter: UowFilter) =>
  (['newest', 'oldest'] as const).flatMap((order) =>
    [{}, { from: 1_000 }, { to: 90_000 }, { from: 1_000, to: 90_000 }].flatMap((span) =>
      [undefined, { createdAt: 50_000, order: 50_000 }].map((last) => ({
        isBounded: last !== undefined || 'from' in span || 'to' in span,
        ...uowQueries({ ...filter, ...span, order, ...(last && { after: 'a' }) }, last),
      })),
    ),
  );

const textOf = (filter: UowFilter): string => Object.keys(filter).join(', ') || 'nothing';

describe('queries of MongoDB for units of work', () => {
  const byTime = indexes.filter(
    ({ collection, key }) => collection === 'unit_of_work' && Object.keys(key).at(-2) === 'createdAt',
  );
  const isOneOf = (value: unknown): boolean =>
    typeof value === 'string' || (value as { $in?: unknown } | undefined)?.$in !== undefined;

  /** Fields before the time, of the indexes that find units of a query in order: each is given, and so is what they are of. */
  const servingOf = (query: Document): string[][] =>
    byTime
      .filter(({ options }) =>
        Object.entries(options.partialFilterExpression ?? {}).every(
          ([field, value]) => field in query && isDeepStrictEqual(query[field], value),
        ),
      )
      .map(({ key }) => Object.keys(key).slice(0, -2))
      .filter((fields) => fields.every((field) => isOneOf(query[field])));

  for (const [filter, fields] of asked)
    it(`by ${textOf(filter)} are served in order by an index on ${[...fields, 'the time'].join(', ')}`, () => {
      for (const { queries, sort, isBounded } of pagesOf(filter)) {
        assert.ok(
          isDeepStrictEqual(Object.keys(sort), ['createdAt', 'order']) && sort.createdAt === sort.order,
        );
        for (const query of queries) {
          const serving = servingOf(query);
          assert.ok(
            serving.some((found) => isDeepStrictEqual(found, fields)),
            `${JSON.stringify(query)} by ${JSON.stringify(serving)}`,
          );
          // A page begins where the one before ended.
          assert.equal('createdAt' in query, isBounded, JSON.stringify(query));
        }
      }
    });
});

const missing = whyNoMongod();
const UNITS = 100_000;
const AT_ONCE = 5_000;

/** Half of them of entries; one in twenty is not PROCESSED. */
const unitOf = (i: number): UowDoc => {
  const state = (i % 20 === 0 ? uowStates[(i / 20) % uowStates.length] : undefined) ?? 'PROCESSED';
  const owner =
    i % 2 === 0
      ? ({ kind: 'freerun', processName: 'Mail', entryName: `entry-${i % 50}` } as const)
      : ({ processName: 'Hour', timeperiod: String(2015060100 + (i % 1_000)) } as const);
  const uow = freshUow(`unit-${i}`, { ...owner, state, createdAt: i });
  return withStanding(toUowDoc(uow, { place: i, order: i, epoch: 1 }));
};

const stagesOf = (plan: Document): Document[] => [
  plan,
  ...[plan['queryPlan'], plan['inputStage'], ...((plan['inputStages'] as unknown[] | undefined) ?? [])]
    .filter((stage) => stage !== undefined)
    .flatMap((stage) => stagesOf(stage as Document)),
];

describe(`MongoDB plans for units of work${missing === undefined ? '' : ` (skipped: ${missing})`}`, function () {
  this.timeout(180_000);
  let server: MongoServer;
  let fixture: MongoFixture;
  let client: MongoClient;
  before(async function () {
    if (missing !== undefined) return this.skip();
    server = await startMongoServer();
    fixture = await openMongoFixture(server);
    client = await MongoClient.connect(fixture.url);
    const units = client.db().collection<UowDoc>('unit_of_work');
    for (let from = 0; from < UNITS; from += AT_ONCE)
      await units.insertMany(Array.from({ length: AT_ONCE }, (_, i) => unitOf(from + i)));
  });
  after(async () => {
    if (missing !== undefined) return;
    await client.close();
    await fixture.dispose();
    await server.stop();
  });

  for (const [filter] of asked)
    it(`by ${textOf(filter)} along an index, sorting nothing`, async () => {
      const units = client.db().collection('unit_of_work');
      for (const { queries, sort } of pagesOf(filter))
        for (const query of queries) {
          const found = units
            .find(query as Document)
            .sort(sort)
            .limit(10);
          const { queryPlanner } = (await found.explain('queryPlanner')) as { queryPlanner: Document };
          const stages = stagesOf(queryPlanner['winningPlan'] as Document).map(
            ({ stage }) => stage as string,
          );
          assert.ok(stages.includes('IXSCAN'), stages.join(' < '));
          assert.ok(!stages.includes('SORT') && !stages.includes('COLLSCAN'), stages.join(' < '));
        }
    });
});
