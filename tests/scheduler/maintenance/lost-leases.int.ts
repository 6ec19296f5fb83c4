import assert from 'node:assert/strict';
import { defineContext, managedProcess, tree } from '../../../domain/model/define.ts';
import { crash } from '../../support/quarantine.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

const context = defineContext({
  processes: [
    managedProcess({ name: 'Handled', qualifier: 'hourly', handler: './handled.ts' }),
    managedProcess({ name: 'Commanded', qualifier: 'hourly', command: ['true'] }),
  ],
  trees: [tree({ name: 'one', processes: ['Handled'] }), tree({ name: 'two', processes: ['Commanded'] })],
});

describe('leases lost in a row', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(context);
  });
  afterEach(() => rig.close());

  for (const [processName, most] of [
    ['Handled', 9],
    ['Commanded', 3],
  ] as const) {
    it(`quarantine a unit of ${processName} after ${most}`, async () => {
      await rig.tick(processName);
      const id = `${processName}/2015053122#1`;
      const states: (string | undefined)[] = [];
      for (let times = 0; times < most; times++) {
        await crash(rig, id);
        states.push((await rig.store.uows([id]))[0]?.state);
      }
      assert.deepEqual(states, [...new Array<string>(most - 1).fill('REQUESTED'), 'INVALID']);
    });
  }
});
