import assert from 'node:assert/strict';
import fc from 'fast-check';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import { isUowFinished } from '../../../domain/machine/transition.ts';
import { endOf, isYoung, mayExpire } from '../../../domain/retention/expirable.ts';

const uow = { id: 'u', version: 3, state: 'PROCESSED', createdAt: 10, finishedAt: 20 } as const;
const keeping = { before: 21, stay: new Set<string>() };

describe('what retention may delete', () => {
  it('is a unit that ended before an instant', () => {
    assert.ok(mayExpire(uow, keeping));
    assert.ok(!mayExpire(uow, { ...keeping, before: 20 }));
  });

  it('is no unit that stays whatever its age', () => {
    assert.ok(!mayExpire(uow, { ...keeping, stay: new Set(['u']) }));
  });

  it('is never an unfinished unit, however old', () => {
    for (const state of uowStates) assert.equal(mayExpire({ ...uow, state }, keeping), isUowFinished(state));
  });

  it('goes by when a unit was made where it does not say when it ended', () => {
    assert.equal(endOf({ ...uow, finishedAt: null }), 10);
    assert.equal(endOf(uow), 20);
  });

  it('is no unit made after a young one', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), fc.nat(), (before, createdAt, later, took) => {
        if (!isYoung({ ...uow, createdAt }, before)) return;
        const next = { ...uow, createdAt: createdAt + later, finishedAt: createdAt + later + took };
        assert.ok(!mayExpire(next, { ...keeping, before }));
      }),
    );
  });
});
