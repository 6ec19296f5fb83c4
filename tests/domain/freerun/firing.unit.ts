import assert from 'node:assert/strict';
import { firingFor, firingUow } from '../../../domain/freerun/firing.ts';
import { EIGHT, HOUR, entryOf, recordOf } from './facts.ts';

const NINE = EIGHT + HOUR;
const time = { now: NINE, replay: undefined };
const due = { kind: 'due', at: NINE } as const;
const ended = { kind: 'unit-ended' } as const;
const byHand = { kind: 'by-hand', commandId: 'c1', arguments: { a: 1 } } as const;

describe('the firing that an event asks for', () => {
  it('is that of the instant, under an id that is the same when it is taken up again', () => {
    const firing = { id: 'Mail:daily/20260101090000#1', at: NINE, pass: 1, arguments: null, mayExist: false };
    assert.deepEqual(firingFor(entryOf(), due, time), { ...firing, occasion: 'schedule' });
    assert.equal(
      firingFor(entryOf(), { kind: 'due', at: NINE + 5 }, time)?.id,
      'Mail:daily/20260101090000005#1',
    );
  });

  it('is none for an entry that is off, unless a user asks', () => {
    const off = entryOf({ on: false, buffered: true });
    assert.equal(firingFor(off, due, time), undefined);
    assert.equal(firingFor(off, ended, time), undefined);
    const firing = { id: 'Mail:daily/by-hand#c1', at: NINE, pass: 1, arguments: { a: 1 }, mayExist: true };
    assert.deepEqual(firingFor(off, byHand, time), { ...firing, occasion: 'by-hand' });
  });

  it('is the one that is owed when its last unit has ended, else the first that was missed', () => {
    const missed = { missed: [EIGHT, NINE] };
    const owed = { id: 'Mail:daily/20260101080000#owed', occasion: 'owed', pass: 1, mayExist: true };
    const buffered = { buffered: true, owedArguments: { a: 1 }, lastFiredAt: EIGHT };
    const given = { ...owed, arguments: { a: 1 } };
    assert.deepEqual(firingFor(entryOf(buffered, missed), ended, time), { ...given, at: EIGHT });
    assert.equal(firingFor(entryOf({ buffered: true }), ended, time)?.at, NINE, 'owed from now on');
    const first = { id: 'Mail:daily/20260101080000#1', at: EIGHT, pass: 1, arguments: null, mayExist: true };
    assert.deepEqual(firingFor(entryOf({}, missed), ended, time), { ...first, occasion: 'missed' });
    assert.equal(firingFor(entryOf(), ended, time), undefined);
  });

  it('is another one in time that comes again, but for fixed times of day', () => {
    const again = { now: NINE, replay: { until: NINE, pass: 2 } };
    const second = firingFor(entryOf(), due, again);
    assert.deepEqual([second?.id, second?.mayExist], ['Mail:daily/20260101090000#2', true]);
    const owed = entryOf({ buffered: true, lastFiredAt: NINE });
    assert.equal(firingFor(owed, ended, again)?.id, 'Mail:daily/20260101090000#owed-2');
    const fixed = firingFor(entryOf({ trigger: 'at 09:00' }), due, again);
    assert.deepEqual([fixed?.id, fixed?.mayExist], ['Mail:daily/20260101090000#1', true]);
    assert.equal(firingFor(entryOf(), { kind: 'due', at: NINE + HOUR }, again)?.pass, 1);
  });

  it('has a unit of work for its instant', () => {
    const firing = firingFor(entryOf(), due, time);
    assert.ok(firing);
    const order = { record: recordOf(), arguments: { to: 'all' }, now: NINE - 20, ahead: 20 };
    const uow = firingUow(firing, order);
    assert.deepEqual(
      [uow.id, uow.kind, uow.processName, uow.entryName, uow.timeperiod, uow.sequence, uow.state],
      [firing.id, 'freerun', 'Mail', 'daily', '20260101090000', 1, 'REQUESTED'],
    );
    assert.deepEqual([uow.arguments, uow.createdAt, uow.submittedAt], [{ to: 'all' }, NINE - 20, NINE - 20]);
    assert.deepEqual([uow.notBefore, firingUow(firing, { ...order, ahead: 0 }).notBefore], [NINE, null]);
  });
});
