import assert from 'node:assert/strict';
import type { CommandKind, CommandRecord } from '../../domain/model/record.ts';
import { executeStored } from '../../scheduler/commands.ts';
import type { CommandRequest } from '../../scheduler/api.ts';
import { casesContext } from '../support/context.ts';
import { openRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';

describe('stored commands', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(casesContext({}));
  });
  afterEach(() => rig.close());

  const stored = async (kind: string, args: CommandRecord['arguments']): Promise<void> => {
    await rig.store.insertCommand({
      id: 'c1',
      kind: kind as CommandKind,
      arguments: args,
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
  ];
  for (const [kind, args, code] of hostile) {
    it(`are refused, not tried for ever: ${kind} ${JSON.stringify(args)}`, async () => {
      await stored(kind, args);
      await executeStored(rig.parts, 'c1');
      const record = await rig.store.command('c1');
      assert.deepEqual([record?.state, record?.result?.['code']], ['refused', code]);
    });
  }

  it('are carried out once, however many take them up', async () => {
    await rig.tick('SiteHourly');
    await rig.finish('SiteHourly', '2015053122');
    await stored('reprocess', { processName: 'SiteHourly', timeperiod: '2015053122' });
    await Promise.all([executeStored(rig.parts, 'c1'), executeStored(rig.parts, 'c1')]);
    const journal = await rig.store.journal({ entityId: 'SiteHourly/2015053122', limit: 10 });
    assert.equal(journal.filter((row) => row.event === 'reprocess').length, 1);
  });

  it('whose process is unknown answer the caller, and the turns go on', async () => {
    const request: CommandRequest = { kind: 'fire-managed', processName: 'Nobody', actor: 'test' };
    await assert.rejects(rig.api.execute(request), { code: 'NOT_FOUND' });
    await rig.tick('SiteHourly');
    assert.equal(rig.state('SiteHourly', '2015053122'), 'IN_PROGRESS');
  });
});
