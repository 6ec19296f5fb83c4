import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cutOf, laterOf } from '../../../domain/retention/journal.ts';
import type { ExpiredJournal, TransitionRecord } from '../../../domain/model/record.ts';

const rowOf = (version: number, set: Partial<TransitionRecord> = {}): TransitionRecord => ({
  ...{ sequence: 10 * version, entityKind: 'job', entityId: 'A/2026010100', version, at: 100 + version },
  ...{ from: 'EMBRYO', to: 'IN_PROGRESS', event: 'start' },
  ...{ epoch: 2, attempt: 0, actor: 'scheduler', reason: null },
  ...set,
});
const first = rowOf(1);
const reprocessed = rowOf(2, { from: 'IN_PROGRESS', to: 'EMBRYO', event: 'reprocess', epoch: 3 });
const again = rowOf(3);
const step = { id: '1', before: 1_000 };

const begin = {
  entity: 'A/2026010100',
  version: 2,
  state: 'EMBRYO',
  sequence: 20,
  epoch: 3,
  published: 10,
  step: '1',
} as const;

describe('a cut of a journal', () => {
  it('deletes rows before an instant, and says where the journal stands after them', () => {
    assert.deepEqual(cutOf(undefined, [first, reprocessed, again], { ...step, before: 103 }), {
      ...{ journal: begin, transitions: 2, from: 101, to: 102 },
    });
  });

  it('deletes nothing behind a row that is young, be it older by its own clock', () => {
    assert.equal(cutOf(undefined, [rowOf(1, { at: 1_000 }), reprocessed], step), undefined);
    assert.equal(cutOf(undefined, [], step), undefined);
  });

  it('deletes nothing behind a row that is missing', () => {
    assert.equal(cutOf(undefined, [reprocessed, again], step), undefined);
    assert.equal(cutOf(undefined, [first, again], step)?.transitions, 1);
    assert.equal(cutOf(begin, [rowOf(4)], step), undefined);
  });

  it('goes on where the one before ended, and keeps in mind what was published last', () => {
    const back = rowOf(3, { from: 'EMBRYO', to: 'SKIPPED', event: 'skip', epoch: 3 });
    assert.deepEqual(cutOf(begin, [back], { ...step, id: '2' })?.journal, {
      ...{ ...begin, version: 3, state: 'SKIPPED', sequence: 30, step: '2' },
    });
    assert.equal(cutOf(begin, [again], step)?.journal.published, 30);
  });

  it('knows of nothing published in the journal of an entry', () => {
    const created = rowOf(1, { entityKind: 'entry', entityId: 'A:e', from: null, to: 'ON', event: 'create' });
    assert.equal(cutOf(undefined, [created], step)?.journal.published, 0);
  });

  it('takes the whole journal of an entry that was removed, or nothing', () => {
    const rows = [rowOf(1), rowOf(2), rowOf(3, { from: 'ON', event: 'remove', to: 'REMOVED' })];
    const whole = (version: number, before = 1_000, of = rows): number | undefined =>
      cutOf(undefined, of, { id: '1', before, removed: { version } })?.transitions;
    assert.equal(whole(3), 3);
    assert.equal(whole(4), undefined);
    assert.equal(whole(2), undefined);
    assert.equal(whole(3, 103), undefined);
    assert.equal(whole(2, 1_000, rows.slice(0, 2)), undefined);
  });

  it('comes to the same in any steps', () => {
    const instants = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 30 });
    const edges = fc.array(fc.constantFrom(first, reprocessed, again), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(instants, edges, fc.nat(60), fc.integer({ min: 1, max: 7 }), (ats, kinds, before, size) => {
        const rows = ats.map((at, i) => rowOf(i + 1, { ...kinds[i], version: i + 1, sequence: 10 * i, at }));
        const whole = cutOf(undefined, rows, { id: 'w', before });
        let known: ExpiredJournal | undefined;
        let transitions = 0;
        for (;;) {
          const from = known?.version ?? 0;
          const cut = cutOf(known, rows.slice(from, from + size), { id: 'w', before });
          if (cut === undefined) break;
          known = cut.journal;
          transitions += cut.transitions;
        }
        assert.deepEqual(known, whole?.journal);
        assert.equal(transitions, whole?.transitions ?? 0);
        assert.ok(rows.slice(0, transitions).every(({ at }) => at < before));
      }),
    );
  });

  it('never moves the beginning back', () => {
    const later = { ...begin, version: 3 };
    assert.equal(laterOf(undefined, begin), begin);
    assert.equal(laterOf(begin, later), later);
    assert.equal(laterOf(later, begin), later);
  });
});
