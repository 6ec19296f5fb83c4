import assert from 'node:assert/strict';
import { defineContext, managedProcess, tree } from '../../../domain/model/define.ts';
import { levelOf } from '../../../domain/timetable/timetable.ts';
import { openRig } from '../../support/rig.ts';

const HOURS = 1_000;
const start = Date.UTC(2015, 0, 1);

describe('filling an ordered process', () => {
  it('looks at every period about once, however many begin together', async () => {
    const hour = managedProcess({
      ...{ name: 'Hour', qualifier: 'hourly', identity: true, ordered: true, concurrency: HOURS },
    });
    const context = defineContext({ processes: [hour], trees: [tree({ name: 'one', processes: ['Hour'] })] });
    const rig = await openRig(context, { start, now: start + HOURS * 3_600_000 + 1 });
    try {
      const { units } = levelOf(rig.services.shared.timetable, 'Hour');
      const get = units.get.bind(units);
      let looks = 0;
      units.get = (index) => {
        looks++;
        return get(index);
      };
      await rig.tick('Hour');
      // The last one waits for its start lag.
      const begun = units.size;
      assert.equal(begun, HOURS - 1);
      assert.ok(looks < 20 * HOURS, `${looks} looks at ${HOURS} periods`);
      const [tenth] = [...units.values()].slice(9);
      assert.ok(tenth);
      const [uow] = await rig.store.uows([tenth.id]);
      assert.ok(uow);
      await rig.finish('Hour', uow.timeperiod, 'fail');
      rig.clock.advance(3_600_000);
      await rig.tick('Hour');
      assert.equal(units.size, begun, 'what failed holds the line');
    } finally {
      await rig.close();
    }
  });
});
