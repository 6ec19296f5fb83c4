import assert from 'node:assert/strict';
import { isSameContext } from '../../boot/running-context.ts';
import { eventsProcess } from '../../domain/event/process.ts';
import { defineContext, freerunProcess } from '../../domain/model/define.ts';

const mail = freerunProcess({ name: 'Mail', identity: true });
const kept = (...processes: Parameters<typeof defineContext>[0]['processes']) => ({
  context: { ...defineContext({ processes: [] }), processes },
  file: '/jobs/process_context.ts',
});

describe('the context of a running scheduler', () => {
  it('is the same as that of its file, though a setting added event triggers', () => {
    assert.ok(isSameContext(kept(mail), kept(mail, eventsProcess(256, 7))));
    assert.ok(isSameContext(kept(mail, eventsProcess(1, 7)), kept(mail, eventsProcess(256, 7))));
  });

  it('is another one where the file says something else', () => {
    assert.ok(!isSameContext(kept(mail), kept()));
    assert.ok(!isSameContext(kept(mail), kept({ ...mail, priority: 3 } as typeof mail)));
  });
});
