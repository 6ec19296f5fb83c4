import assert from 'node:assert/strict';
import { places } from './fault.ts';
import type { Place } from './fault.ts';
import { faultsOf } from './registry.ts';
import { noServers, startServers } from './servers.ts';
import type { Servers } from './servers.ts';
import { suffer } from './suffer.ts';

/** A fault may take as long as its healing does, and recovery after it. */
const PATIENCE = 240_000;

const whyNone: Readonly<Record<Place, string | undefined>> = { embedded: undefined, servers: noServers };

for (const place of places) {
  const why = whyNone[place];
  describe(`faults on ${place}${why === undefined ? '' : ` (${why})`}`, function () {
    this.timeout(PATIENCE);
    let servers: Servers | undefined;

    before(async function () {
      if (why !== undefined) return this.skip();
      if (place === 'servers') servers = await startServers();
    });
    after(() => servers?.stop());

    for (const fault of faultsOf(place, 'short')) {
      it(`${fault.name}: ${fault.what}`, async function () {
        const { broken, skipped } = await suffer(fault, { place, form: 'short', servers });
        if (skipped !== undefined) this.skip();
        assert.deepEqual(broken, []);
      });
    }
  });
}
