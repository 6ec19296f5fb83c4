import assert from 'node:assert/strict';
import { divergences } from '../../simulation/follow.ts';
import { createRandom } from '../../simulation/random.ts';
import { freshJob } from '../../simulation/store/commit.ts';
import { createMemory } from '../../simulation/store/memory.ts';
import { createWorkload } from '../../simulation/workload.ts';

describe('a timetable that follows the journal of a simulation', () => {
  it('shows each record that the journal does not lead to', () => {
    const memory = createMemory();
    const workload = createWorkload(createRandom(1));
    const timeperiod = new Date(workload.start).toISOString().replace(/\D/g, '').slice(0, 10);
    const job = { ...freshJob('FreeHourly', timeperiod), state: 'NOOP', version: 1 } as const;
    memory.jobs.set('it', job);
    const extent = { now: workload.start, groupings: new Map() };
    const row = { entityKind: 'job', entityId: `FreeHourly/${timeperiod}`, from: 'EMBRYO' } as const;
    const by = { at: 1, actor: 'scheduler', reason: null, epoch: 1, attempt: 0, sequence: 1 };
    assert.deepEqual(divergences(memory, workload, extent), [
      {
        entity: `FreeHourly/${timeperiod}`,
        recorded: '["NOOP",1,0,false,null,null,"NOOP"]',
        followed: '["EMBRYO",0,0,false,null,null,"EMBRYO"]',
      },
    ]);
    memory.journal.push({ ...row, ...by, to: 'NOOP', event: 'empty', version: 1 });
    assert.deepEqual(divergences(memory, workload, extent), []);
  });
});
