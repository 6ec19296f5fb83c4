import assert from 'node:assert/strict';
import { withMethods } from '../../support/collections.ts';
import { commandSpec } from '../../../db/collections.ts';
import type { Plan } from '../../../domain/cascade/plan.ts';
import { SynergyError } from '../../../domain/errors.ts';
import type { JsonObject } from '../../../domain/model/process.ts';
import type { CommandRecord } from '../../../domain/model/record.ts';
import { executeStored } from '../../../scheduler/commands/execute.ts';
import type { CommandRequest } from '../../../scheduler/commands/check-command.ts';
import { casesContext } from '../../support/context.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';
import { noSubject } from '../../support/records.ts';

describe('stored commands', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(casesContext({}));
  });
  afterEach(() => rig.close());

  const stored = async (kind: string, args: CommandRecord['arguments']): Promise<void> => {
    await rig.store.collection(commandSpec).insertNew({
      id: 'c1',
      kind,
      arguments: args,
      ...noSubject,
      actor: 'ann',
      reason: null,
      createdAt: rig.clock.now(),
      state: 'open',
      finishedAt: null,
      result: null,
    });
  };

  const hostile: readonly [string, CommandRecord['arguments'], string][] = [
    ['fly', {}, 'INVALID_ARGUMENT'],
    ['constructor', {}, 'INVALID_ARGUMENT'],
    ['skip', {}, 'INVALID_ARGUMENT'],
    ['skip', { processName: 'SiteHourly', timeperiod: 7 }, 'INVALID_ARGUMENT'],
    ['set-managed', { processName: 'SiteHourly', on: 'no' }, 'INVALID_ARGUMENT'],
    [
      'add-freerun',
      { processName: 'a', entryName: 'b', trigger: 'every 1', overlap: 'x' },
      'INVALID_ARGUMENT',
    ],
    ['fire-managed', { processName: 'Nobody' }, 'NOT_FOUND'],
    [
      'set-managed',
      {
        processName: 'SiteHourly',
        arguments: JSON.parse('{"a":'.repeat(65) + '1' + '}'.repeat(65)) as JsonObject,
      },
      'UNFIT_VALUE',
    ],
  ];
  for (const [kind, args, code] of hostile) {
    it(`are refused, not tried for ever: ${kind} ${JSON.stringify(args).slice(0, 100)}`, async () => {
      await stored(kind, args);
      await executeStored(rig.services, 'c1');
      const record = await rig.store.collection(commandSpec).get({ id: 'c1' });
      assert.deepEqual([record?.state, record?.result?.['code']], ['refused', code]);
    });
  }

  it('are carried out once, however many take them up', async () => {
    await rig.tick('SiteHourly');
    await rig.finish('SiteHourly', '2015053122');
    await stored('reprocess', { processName: 'SiteHourly', timeperiod: '2015053122' });
    await Promise.all([executeStored(rig.services, 'c1'), executeStored(rig.services, 'c1')]);
    const journal = await rig.store.journal({ entityId: 'SiteHourly/2015053122', limit: 10 });
    assert.equal(journal.filter((row) => row.event === 'reprocess').length, 1);
  });

  describe('that cascade', () => {
    const hour = { processName: 'SiteHourly', timeperiod: '2015053122' };
    const versions = async (): Promise<Record<string, number>> => {
      const plan = (await rig.store.collection(commandSpec).get({ id: 'c1' }))?.result as unknown as Plan;
      const jobs = await Promise.all(plan.steps.map((step) => rig.store.job(step)));
      return Object.fromEntries(
        plan.steps.map((step, i) => [step.processName, (jobs[i]?.version ?? 0) - step.version]),
      );
    };
    const killed = (): Promise<never> => Promise.reject(new Error('killed'));
    beforeEach(async () => {
      await rig.tick('SiteHourly');
      await rig.finish('SiteHourly', '2015053122');
      await rig.finish('SiteHourly', '2015053123');
      await rig.tick('SiteDaily');
      await stored('reprocess', hour);
    });

    it('move every job once, though their outcome was lost and work has gone on since', async () => {
      const { compareAndSet } = rig.store.collection(commandSpec);
      const finish: typeof compareAndSet = (id, open, outcome) =>
        outcome.state === 'open' ? compareAndSet(id, open, outcome) : killed();
      Object.assign(rig.store, withMethods(rig.store, commandSpec, { compareAndSet: finish }));
      await assert.rejects(executeStored(rig.services, 'c1'), { message: 'killed' });
      assert.deepEqual(new Set(Object.values(await versions())), new Set([1]));
      await rig.tick('SiteHourly');
      await rig.finish('SiteHourly', '2015053122');
      const before = await versions();
      rig = await rig.restart();
      await executeStored(rig.services, 'c1');
      assert.deepEqual(await versions(), before, 'nothing was run a third time');
      assert.equal((await rig.store.collection(commandSpec).get({ id: 'c1' }))?.state, 'done');
    });

    it('are taken to their end when only some of their jobs were moved', async () => {
      const commit = rig.store.commit.bind(rig.store);
      rig.store.commit = async (groups) => {
        await commit(groups.slice(0, 1));
        return killed();
      };
      await assert.rejects(executeStored(rig.services, 'c1'), { message: 'killed' });
      assert.deepEqual(
        Object.values(await versions())
          .sort()
          .at(-1),
        1,
      );
      assert.deepEqual(Object.values(await versions()).sort()[0], 0);
      rig = await rig.restart();
      await executeStored(rig.services, 'c1');
      assert.deepEqual(new Set(Object.values(await versions())), new Set([1]));
      assert.equal((await rig.store.collection(commandSpec).get({ id: 'c1' }))?.state, 'done');
    });

    it('are refused in the end when another writer moved one of their jobs, the others moved', async () => {
      const commit = rig.store.commit.bind(rig.store);
      rig.store.commit = killed;
      await assert.rejects(executeStored(rig.services, 'c1'), { message: 'killed' });
      rig.store.commit = commit;
      const { timeperiod, state, version } = (await rig.record('SiteDaily', '2015053100')) ?? {};
      assert.ok(timeperiod !== undefined && state !== undefined && version !== undefined);
      const key = { processName: 'SiteDaily', timeperiod };
      const skip = {
        kind: 'job',
        ...key,
        from: state,
        version,
        event: 'skip',
        to: 'SKIPPED',
        set: {},
      } as const;
      await commit([{ cause: { actor: 'user bob', reason: null, at: 1, epoch: 1 }, writes: [skip] }]);
      rig = await rig.restart();
      await executeStored(rig.services, 'c1');
      const { state: outcome, result } = (await rig.store.collection(commandSpec).get({ id: 'c1' })) ?? {};
      assert.deepEqual([outcome, result?.['code']], ['refused', 'CONFLICT']);
      assert.equal(rig.state('SiteHourly', hour.timeperiod), 'IN_PROGRESS');
      assert.equal(rig.state('SiteDaily', '2015053100'), 'SKIPPED');
    });
  });

  it('stay open while the store is away: that is no refusal', async () => {
    await rig.tick('SiteHourly');
    await rig.finish('SiteHourly', '2015053122');
    await stored('reprocess', { processName: 'SiteHourly', timeperiod: '2015053122' });
    const commit = rig.store.commit.bind(rig.store);
    rig.store.commit = () => Promise.reject(new SynergyError('STORE_UNREACHABLE', 'away'));
    await assert.rejects(executeStored(rig.services, 'c1'), { code: 'STORE_UNREACHABLE' });
    assert.equal((await rig.store.collection(commandSpec).get({ id: 'c1' }))?.state, 'open');
    rig.store.commit = commit;
    await executeStored(rig.services, 'c1');
    assert.equal((await rig.store.collection(commandSpec).get({ id: 'c1' }))?.state, 'done');
  });

  it('whose process is unknown answer the caller, and the turns go on', async () => {
    const request: CommandRequest = { kind: 'fire-managed', processName: 'Nobody' };
    await assert.rejects(rig.api.execute(request), { code: 'NOT_FOUND' });
    await rig.tick('SiteHourly');
    assert.equal(rig.state('SiteHourly', '2015053122'), 'IN_PROGRESS');
  });
});
