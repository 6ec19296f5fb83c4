import assert from 'node:assert/strict';
import { openStore } from '../../../db/registry.ts';
import type { Store } from '../../../db/store.ts';
import { DAY, HOUR } from '../../../domain/time/calendar.ts';
import { lookAtStoredClock, unlessClockLeapt } from '../../../scheduler/maintenance/clock-doubt.ts';
import type { SchedulerContext } from '../../../scheduler/context.ts';
import { manualClock } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NOW = Date.UTC(2026, 5, 1);

describe('a clock that leaps ahead', () => {
  const clock = manualClock(NOW);
  let store: Store;
  beforeEach(async () => {
    clock.set(NOW);
    store = await openStore('embedded', { dataDir: tempFolder(), clock });
  });
  afterEach(() => store.close());

  /** What a task that deletes comes to now. */
  const run = () =>
    unlessClockLeapt(() => Promise.resolve({ lines: 1 }))(
      { store, clock } as unknown as SchedulerContext,
      new AbortController().signal,
    );
  const deletes = async (): Promise<boolean> => (await run()).counts['lines'] === 1;

  it('has nothing deleted, which a person is told, until it is set right', async () => {
    assert.ok(await deletes());
    clock.advance(400 * DAY);
    assert.deepEqual(await run(), {
      counts: {},
      findings: [
        'the clock leapt to 2027-07-06T00:00:00.000Z, days ahead of when it was looked at last: nothing is deleted until it is set right or has gone on for a day',
      ],
    });
    clock.advance(HOUR);
    assert.ok(!(await deletes()));
    clock.advance(-400 * DAY);
    assert.deepEqual(await run(), { counts: { lines: 1 } });
  });

  it('is believed once it has gone on for a day, as after a pause of weeks', async () => {
    assert.ok(await deletes());
    clock.advance(14 * DAY);
    assert.ok(!(await deletes()));
    clock.advance(DAY);
    assert.ok(await deletes());
  });

  it('does not leap while it is looked at, however seldom the task runs', async () => {
    assert.ok(await deletes());
    for (let i = 0; i < 30; i++) {
      clock.advance(DAY);
      await lookAtStoredClock({ store, clock });
    }
    assert.ok(await deletes());
  });
});
