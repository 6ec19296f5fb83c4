import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { places } from './fault.ts';
import type { Place } from './fault.ts';
import { strikeInParallel } from './parallel.ts';
import type { Case } from './parallel.ts';
import { faultsOf } from './registry.ts';
import { noServers } from './servers.ts';
import type { Row } from './suffer.ts';

/** A fault may take as long as its healing does, and recovery after it. */
const PATIENCE = 240_000;

const whyNone: Readonly<Record<Place, string | undefined>> = { embedded: undefined, servers: noServers };
const casesOf = (place: Place): Case[] => faultsOf(place, 'short').map((fault) => ({ fault, place }));

describe('faults', function () {
  this.timeout(PATIENCE);
  const rows: Row[] = [];
  const news = new EventEmitter();
  let over: Promise<void>;

  before(() => {
    const cases = places.filter((place) => whyNone[place] === undefined).flatMap(casesOf);
    const onRow = (row: Row): void => {
      rows.push(row);
      news.emit('row');
    };
    over = strikeInParallel(cases, { form: 'short', onRow });
    // The test that awaits the row reports a failure.
    over.catch(() => undefined);
  });
  after(() => over);

  const rowOf = async ({ fault, place }: Case): Promise<Row> => {
    for (;;) {
      const row = rows.find(({ fault: name, on }) => name === fault.name && on === place);
      if (row !== undefined) return row;
      const end = over.then(() => assert.fail('it never struck'));
      await Promise.race([once(news, 'row'), end]);
    }
  };

  for (const place of places) {
    const why = whyNone[place];
    describe(`on ${place}${why === undefined ? '' : ` (${why})`}`, () => {
      for (const one of casesOf(place)) {
        it(`${one.fault.name}: ${one.fault.what}`, async function () {
          if (why !== undefined) return this.skip();
          const row = await rowOf(one);
          if (row.skipped !== undefined) return this.skip();
          assert.deepEqual(row.broken, []);
        });
      }
    });
  }
});
