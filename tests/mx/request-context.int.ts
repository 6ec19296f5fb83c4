import assert from 'node:assert/strict';
import { request } from 'node:http';
import { deferred } from '../../lib/deferred.ts';
import { startMx } from '../../mx/server.ts';
import { quietLog } from '../support/rig.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

describe('a request over HTTP', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serve();
  });
  afterEach(() => served.close());

  it('is that of local, and is broken off without an error in the log when its client is gone', async () => {
    const errors: string[] = [];
    const actors: string[] = [];
    const broken = deferred<undefined>();
    const mx = await startMx({
      apiFor: ({ actor, signal }) => ({
        ...served.api,
        overview: () => {
          actors.push(actor);
          client.destroy();
          return new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              reject(signal.reason as Error);
              broken.resolve(undefined);
            });
          });
        },
      }),
      clock: served.rig.clock,
      timetableClock: served.rig.clock,
      host: '127.0.0.1',
      port: 0,
      logger: { ...quietLog, error: (text) => void errors.push(text) },
    });
    const client = request(new URL('api/v1/overview', mx.url));
    client.on('error', () => undefined);
    client.end();
    await broken.promise;
    await new Promise((resolve) => setImmediate(resolve));
    await mx.stop();
    assert.deepEqual([actors, errors], [['local'], []]);
  });
});
