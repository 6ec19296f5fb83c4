import assert from 'node:assert/strict';
import { places } from './fault.ts';
import type { Fault, Place } from './fault.ts';
import { faultsOf } from './registry.ts';
import { noServers, startServers } from './servers.ts';
import { suffer } from './suffer.ts';
import type { Row } from './suffer.ts';

/** A fault may take as long as its healing does, and recovery after it. */
const PATIENCE = 240_000;

const whyNone: Readonly<Record<Place, string | undefined>> = { embedded: undefined, servers: noServers };

/** The faults of a place under way. */
interface Campaign {
  readonly rows: ReadonlyMap<Fault, Promise<Row>>;
  /** Ends its servers, once all is over. */
  end(): Promise<void>;
}

/** Begins with the faults of a place: one after the other, since some strike the servers that all of a place share. */
const begin = (place: Place): Campaign => {
  const starting = place === 'servers' ? startServers() : Promise.resolve(undefined);
  const rows = new Map<Fault, Promise<Row>>();
  let last: Promise<unknown> = starting;
  for (const fault of faultsOf(place, 'short')) {
    const before = last;
    const row = starting.then(async (servers) => {
      await before;
      return suffer(fault, { place, form: 'short', servers });
    });
    // Whoever asks for the row hears of a failure.
    last = row.catch(() => undefined);
    rows.set(fault, row);
  }
  return {
    rows,
    end: async () => {
      await last;
      await (await starting)?.stop();
    },
  };
};

describe('faults', function () {
  this.timeout(PATIENCE);
  const campaigns = new Map<Place, Campaign>();

  before(() => {
    // Most of it is waiting, which both places can do at once.
    for (const place of places) if (whyNone[place] === undefined) campaigns.set(place, begin(place));
  });
  after(async () => {
    for (const campaign of campaigns.values()) await campaign.end();
  });

  for (const place of places) {
    const why = whyNone[place];
    describe(`on ${place}${why === undefined ? '' : ` (${why})`}`, () => {
      for (const fault of faultsOf(place, 'short')) {
        it(`${fault.name}: ${fault.what}`, async function () {
          const row = await campaigns.get(place)?.rows.get(fault);
          if (row === undefined || row.skipped !== undefined) return this.skip();
          assert.deepEqual(row.broken, []);
        });
      }
    });
  }
});
