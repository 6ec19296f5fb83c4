import assert from 'node:assert/strict';
import type { Evidence } from '../../../domain/invariants/evidence.ts';
import { FIRING_LEAD } from '../../../domain/freerun/lead.ts';
import { invariantNumbers, violationText } from '../../../domain/invariants/violation.ts';
import type { Invariant } from '../../../domain/invariants/violation.ts';
import { EXPIRED_COMMANDS } from '../../../domain/retention/commands.ts';
import { NEWEST_ROWS, cutOf } from '../../../domain/retention/journal.ts';
import { brokenOff, givenBack } from '../../../domain/model/given-back.ts';
import type { ExpiredJournal, TransitionRecord } from '../../../domain/model/record.ts';
import { addRows, AFTER_CLAIM, evidence, judge, NOW, soundWorld } from './world.ts';
import type { Edge, Mutable, World } from './world.ts';
import { freerunEntry } from '../../support/records.ts';

const hour = 'Hour/2015060122';
const unit = `${hour}#1`;
const late = 'Hour/2015060123';
const lateUnit = `${late}#1`;
const day = 'Day/2015060100';
const bill = 'Bill/2015060100';
const clean = 'Clean:nightly/20150601030000#1';

const rowOf = (world: World, id: string, version: number): Mutable<TransitionRecord> => {
  const row = world.transition.find((each) => each.entityId === id && each.version === version);
  assert.ok(row, `${id} has no version ${version}`);
  return row;
};
const uowOf = (world: World, id: string): World['unit_of_work'][number] => {
  const uow = world.unit_of_work.find((each) => each.id === id);
  assert.ok(uow);
  return uow;
};
const jobOf = (world: World, key: string): World['job'][number] => {
  const job = world.job.find((each) => `${each.processName}/${each.timeperiod}` === key);
  assert.ok(job);
  return job;
};
const MINUTE = 60_000;

const drop = <R>(rows: R[], isGone: (row: R) => boolean): void => {
  rows.splice(0, rows.length, ...rows.filter((row) => !isGone(row)));
};
const withoutRow = (world: World, id: string, version: number): void =>
  drop(world.transition, (row) => row.entityId === id && row.version === version);

/** Units go as retention deletes them. */
const expire = (world: World, ids: readonly string[]): void => {
  drop(world.transition, ({ entityId }) => ids.includes(entityId));
  drop(world.unit_of_work, ({ id }) => ids.includes(id));
  drop(world.log_record, ({ parentId }) => ids.includes(parentId));
};
const expiredOf = (entity: string, to: number): World['expired_history'][number] => ({
  ...{ entity, uows: 1, transitions: 3, lines: 0, reports: 0, from: to, to, step: '1-1-1' },
});

const expiredJobOf = (uows: number): World['expired_job'][number] => ({
  ...{ processName: 'Hour', timeperiod: '2015060122', uows, step: '1-1-1' },
});

const entry = 'Clean:nightly';
const created: Edge = [null, 'create', 'ON'];
const fired: Edge = ['ON', 'fire', 'ON'];
const addEntry = (
  world: World,
  set: Partial<World['freerun_process'][number]> = {},
  edges: readonly Edge[] = [created, fired],
): void => {
  addRows(world, 'entry', entry, edges);
  const names = { processName: 'Clean', entryName: 'nightly' };
  world.freerun_process.push(freerunEntry({ ...names, relatedUow: clean, version: edges.length, ...set }));
};

/** An entry of twenty rows, of which retention deleted those up to a version, which it put on record. */
const addLongEntry = (world: World, upTo: number): void => {
  addEntry(world, { version: 20 }, [created, ...Array.from({ length: 19 }, () => fired)]);
  cutJournal(world, entry, upTo);
};

const cutJournal = (world: World, entity: string, upTo: number): void => {
  const rows = world.transition.filter(({ entityId, version }) => entityId === entity && version <= upTo);
  const cut = cutOf(undefined, rows, { id: '1-1-1', before: Infinity });
  if (cut !== undefined) world.expired_journal.push(cut.journal);
  drop(world.transition, (row) => rows.includes(row));
};

/** The first hour was skipped and taken back so often that its journal may be cut. */
const redoHour = (world: World): void => {
  for (let from: 'PROCESSED' | 'SKIPPED' = 'PROCESSED', i = 0; i < 10; i++, from = 'SKIPPED')
    addRows(world, 'job', hour, [
      [from, 'reprocess', 'EMBRYO'],
      ['EMBRYO', 'skip', 'SKIPPED'],
    ]);
  Object.assign(jobOf(world, hour), { state: 'SKIPPED', version: 22 });
};

/** Takes a unit back to where it runs. */
const rewind = (world: World, id: string, change: Partial<World['unit_of_work'][number]> = {}): void => {
  const uow = uowOf(world, id);
  withoutRow(world, id, uow.version);
  const lease = { owner: 'w', expiresAt: NOW + 10_000 };
  Object.assign(uow, { state: 'IN_PROGRESS', version: uow.version - 1, finishedAt: null, lease, ...change });
};

const stopped: Partial<Evidence> = { situation: 'stopped' };
const silent: Partial<Evidence> = { verdicts: [], sightings: [], acknowledged: [] };

interface Plant {
  readonly what: string;
  readonly spoil: (world: World) => void;
  readonly told?: Partial<Evidence>;
  readonly finds: readonly (readonly [Invariant, string])[];
}

const plants: readonly Plant[] = [
  {
    what: 'a version left out',
    spoil: (world) => withoutRow(world, hour, 1),
    finds: [[1, hour]],
  },
  {
    what: 'a version twice',
    spoil: (world) => void world.transition.splice(1, 0, { ...rowOf(world, hour, 1) }),
    finds: [[1, hour]],
  },
  {
    what: 'a transition that begins elsewhere',
    spoil: (world) => Object.assign(rowOf(world, hour, 2), { from: 'FINAL_RUN' }),
    finds: [[1, hour]],
  },
  {
    what: 'an edge that the job machine lacks',
    spoil: (world) => Object.assign(rowOf(world, hour, 1), { event: 'complete' }),
    finds: [[1, hour]],
  },
  {
    what: 'an edge that leads elsewhere',
    spoil: (world) => Object.assign(rowOf(world, hour, 1), { event: 'finalize' }),
    finds: [[1, hour]],
  },
  {
    what: 'a unit that was never requested',
    spoil: (world) => Object.assign(rowOf(world, unit, 1), { from: 'INVALID' }),
    finds: [
      [1, unit],
      [1, unit],
    ],
  },
  {
    what: 'an entry that fired when it was removed',
    spoil: (world) => addEntry(world, {}, [created, ['ON', 'remove', 'REMOVED'], ['REMOVED', 'fire', 'ON']]),
    finds: [[1, entry]],
  },
  {
    what: 'a firing by who saw an entry on that was switched off',
    spoil: (world) => addEntry(world, {}, [created, ['ON', 'switch-off', 'OFF'], fired]),
    finds: [[1, entry]],
  },
  {
    what: 'an entry at another version than journaled',
    spoil: (world) => addEntry(world, { version: 3 }),
    finds: [[3, entry]],
  },
  {
    what: 'an entry that is off while its journal says that it is on',
    spoil: (world) => addEntry(world, { on: false }),
    finds: [[3, entry]],
  },
  {
    what: 'an entry without the last unit that it names',
    spoil: (world) => addEntry(world, { relatedUow: `${entry}/20150602030000#1` }),
    finds: [[3, entry]],
  },
  {
    what: 'the journal of an entry that is not there',
    spoil: (world) => addRows(world, 'entry', entry, [created]),
    finds: [[3, entry]],
  },
  {
    what: 'two jobs of one period',
    spoil: (world) => void world.job.push({ ...jobOf(world, hour) }),
    finds: [[2, hour]],
  },
  {
    what: 'two units of one id',
    spoil: (world) => void world.unit_of_work.push({ ...uowOf(world, unit) }),
    finds: [[2, unit]],
  },
  {
    what: 'a unit under the name of another job',
    spoil: (world) => Object.assign(uowOf(world, unit), { timeperiod: '2015060123' }),
    finds: [[2, unit]],
  },
  {
    what: 'a job in another state than journaled',
    spoil: (world) => Object.assign(jobOf(world, hour), { state: 'NOOP' }),
    finds: [[3, hour]],
  },
  {
    what: 'a unit at another version than journaled',
    spoil: (world) => Object.assign(uowOf(world, unit), { version: 4 }),
    finds: [[3, unit]],
  },
  {
    what: 'a record without a journal',
    spoil: (world) =>
      void world.unit_of_work.push({
        ...uowOf(world, unit),
        id: `${hour}#2`,
        sequence: 2,
        attempt: 0,
        epoch: 0,
      }),
    finds: [
      [3, `${hour}#2`],
      [23, hour],
    ],
  },
  {
    what: 'a journal without a record',
    spoil: (world) => drop(world.job, (job) => job.processName === 'Bill'),
    finds: [
      [3, bill],
      [11, bill],
    ],
  },
  {
    what: 'an acknowledged change that is not journaled',
    spoil: () => undefined,
    told: { acknowledged: [{ entity: hour, version: 3 }] },
    finds: [[3, hour]],
  },
  {
    what: 'a second terminal state',
    spoil: (world) => {
      world.transition.push({
        ...rowOf(world, unit, 3),
        version: 4,
        event: 'empty',
        to: 'NOOP',
        sequence: 99,
      });
      Object.assign(uowOf(world, unit), { version: 4, state: 'NOOP' });
    },
    finds: [
      [1, unit],
      [4, unit],
      [9, hour],
    ],
  },
  {
    what: 'an unfinished unit where all is done',
    spoil: (world) => rewind(world, clean),
    finds: [
      [4, clean],
      [15, 'c1'],
    ],
  },
  {
    what: 'a report applied under an attempt that was replaced',
    spoil: (world) => Object.assign(rowOf(world, lateUnit, 5), { attempt: 1 }),
    finds: [
      [5, lateUnit],
      [5, lateUnit],
      [5, lateUnit],
    ],
  },
  {
    what: 'a record under another attempt than journaled',
    spoil: (world) => Object.assign(uowOf(world, unit), { attempt: 2 }),
    finds: [[5, unit]],
  },
  {
    what: 'a report of the holder that was rejected',
    spoil: (world) => {
      rewind(world, clean);
      world.rejected_report.push({ id: clean, attempt: 1, token: 'token 1' });
    },
    told: stopped,
    finds: [
      [5, clean],
      [15, 'c1'],
    ],
  },
  {
    what: 'a running unit without a lease',
    spoil: (world) => rewind(world, clean, { lease: null, token: null }),
    told: { ...stopped, movingSince: NOW },
    finds: [
      [5, clean],
      [15, 'c1'],
    ],
  },
  {
    what: 'a rejection that was not recorded',
    spoil: (world) => drop(world.rejected_report, () => true),
    finds: [[5, lateUnit]],
  },
  {
    what: 'two unfinished units of a job',
    spoil: (world) => {
      for (const id of [unit, `${hour}#2`]) {
        const uow = {
          ...uowOf(world, unit),
          id,
          sequence: Number(id.at(-1)),
          state: 'INVALID',
          retryAt: null,
        };
        drop(world.unit_of_work, (each) => each.id === id);
        world.unit_of_work.push(uow as World['unit_of_work'][number]);
      }
    },
    finds: [
      [3, unit],
      [3, `${hour}#2`],
      [5, `${hour}#2`],
      [6, hour],
      [9, hour],
      [23, hour],
    ],
  },
  {
    what: 'an epoch that fell',
    spoil: (world) => Object.assign(rowOf(world, day, 2), { epoch: 0 }),
    finds: [[7, day]],
  },
  {
    what: 'a record of an epoch before its journal',
    spoil: (world) => Object.assign(uowOf(world, unit), { epoch: 0 }),
    finds: [[7, unit]],
  },
  {
    what: 'output of a replaced attempt after its grace',
    spoil: (world) => Object.assign(world.log_record[0] ?? {}, { at: AFTER_CLAIM + 3_000 }),
    finds: [[8, lateUnit]],
  },
  {
    what: 'a run beside another one that lost no lease',
    spoil: (world) => {
      Object.assign(rowOf(world, lateUnit, 3), { event: 'fail', to: 'INVALID' });
      Object.assign(rowOf(world, lateUnit, 4), { event: 'repost', from: 'INVALID', to: 'REQUESTED' });
      for (const row of world.transition) if (row.entityId === lateUnit && row.sequence > 9) row.sequence++;
      const claim = {
        ...rowOf(world, lateUnit, 5),
        version: 5,
        event: 'claim',
        from: 'REQUESTED',
        to: 'IN_PROGRESS',
      };
      Object.assign(rowOf(world, lateUnit, 4), { attempt: 1 });
      Object.assign(rowOf(world, lateUnit, 5), { version: 6, at: AFTER_CLAIM });
      world.transition.splice(9 + 1, 0, {
        ...(claim as TransitionRecord),
        at: AFTER_CLAIM - 3_000,
        attempt: 2,
      });
      Object.assign(uowOf(world, lateUnit), { version: 6 });
    },
    finds: [[8, lateUnit]],
  },
  {
    what: 'a run that was seen after its grace',
    spoil: (world) => drop(world.log_record, () => true),
    told: { sightings: [{ id: lateUnit, attempt: 1, at: AFTER_CLAIM + 3_000 }] },
    finds: [[8, lateUnit]],
  },
  {
    what: 'a PROCESSED job whose unit is not',
    spoil: (world) => {
      Object.assign(rowOf(world, unit, 3), { event: 'empty', to: 'NOOP' });
      Object.assign(uowOf(world, unit), { state: 'NOOP' });
    },
    finds: [[9, hour]],
  },
  {
    what: 'a PROCESSED job without a unit',
    spoil: (world) => Object.assign(jobOf(world, hour), { relatedUow: null }),
    finds: [[9, hour]],
  },
  {
    what: 'a PROCESSED job whose unit is gone',
    spoil: (world) => Object.assign(jobOf(world, hour), { relatedUow: `${hour}#7` }),
    finds: [
      [9, hour],
      [23, hour],
    ],
  },
  {
    what: 'an input at a version that never was',
    spoil: (world) => Object.assign(jobOf(world, day), { consumed: { [hour]: 2, [late]: 3 } }),
    finds: [
      [10, day],
      [10, day],
    ],
  },
  {
    what: 'an input that finished after the start',
    spoil: (world) => Object.assign(rowOf(world, day, 1), { sequence: 0 }),
    finds: [
      [10, day],
      [10, day],
    ],
  },
  {
    what: 'a child that was unfinished at the start',
    spoil: (world) => Object.assign(jobOf(world, day), { consumed: { [hour]: 1, [late]: 2 } }),
    finds: [[10, day]],
  },
  {
    what: 'a blocking dependency that was unfinished at the start',
    spoil: (world) => Object.assign(jobOf(world, bill), { consumed: { [day]: 1 } }),
    finds: [[10, bill]],
  },
  {
    what: 'a period that the calendar lacks',
    spoil: (world) => Object.assign(jobOf(world, late), { timeperiod: '2015060124', consumed: null }),
    finds: [
      [3, 'Hour/2015060124'],
      [3, late],
      [11, late],
      [11, 'Hour/2015060124'],
      [23, 'Hour/2015060124'],
    ],
  },
  {
    what: 'a period that has not begun',
    spoil: (world) => {
      const version = { version: 0, state: 'EMBRYO', relatedUow: null, uowCount: 0 } as const;
      world.job.push({ ...jobOf(world, hour), ...version, timeperiod: '2015060201' });
    },
    finds: [[11, 'Hour/2015060201']],
  },
  {
    what: 'a period without its job where all is done',
    spoil: (world) => {
      drop(world.job, (job) => job.processName === 'Bill');
      drop(world.unit_of_work, (uow) => uow.processName === 'Bill');
      drop(world.transition, (row) => row.entityId.startsWith('Bill'));
    },
    finds: [[11, bill]],
  },
  {
    what: 'more crashes than allowed',
    spoil: (world) => Object.assign(uowOf(world, unit), { crashes: 4 }),
    finds: [[12, unit]],
  },
  {
    what: 'more attempts than allowed',
    spoil: (world) => {
      for (const row of world.transition.filter((each) => each.entityId === unit)) row.attempt += 100;
      uowOf(world, unit).attempt += 100;
    },
    finds: [
      [5, unit],
      [12, unit],
    ],
  },
  {
    what: 'a lease that ended long ago',
    spoil: (world) => rewind(world, lateUnit, { lease: { owner: 'w', expiresAt: NOW - 60_000 } }),
    told: { ...stopped, verdicts: [] },
    finds: [
      [9, late],
      [13, lateUnit],
    ],
  },
  {
    what: 'a unit that is put off',
    spoil: (world) => {
      const uow = uowOf(world, clean);
      uow.notBefore = uow.createdAt + FIRING_LEAD + 1;
    },
    finds: [[13, clean]],
  },
  {
    what: 'a unit that was not rung again',
    spoil: (world) => {
      rewind(world, lateUnit, { lease: null, createdAt: NOW - 90_000, submittedAt: NOW - 90_000 });
      withoutRow(world, lateUnit, 4);
      Object.assign(uowOf(world, lateUnit), { state: 'REQUESTED', version: 3, attempt: 1 });
    },
    told: { ...stopped, verdicts: [] },
    finds: [
      [9, late],
      [13, lateUnit],
    ],
  },
  {
    what: 'a command that no scheduler took up',
    spoil: (world) => Object.assign(world.command[0] ?? {}, { state: 'open', finishedAt: null }),
    finds: [[13, 'c1']],
  },
  {
    what: 'an unfinished job where all is done',
    spoil: (world) => {
      withoutRow(world, bill, 2);
      Object.assign(jobOf(world, bill), { state: 'IN_PROGRESS', version: 1 });
    },
    finds: [[13, bill]],
  },
  {
    what: 'a final run that is not concluded',
    spoil: (world) => {
      withoutRow(world, bill, 2);
      Object.assign(rowOf(world, bill, 1), { event: 'finalize', to: 'FINAL_RUN' });
      Object.assign(jobOf(world, bill), { state: 'FINAL_RUN', version: 1 });
    },
    told: stopped,
    finds: [[13, bill]],
  },
  {
    what: 'a child process without a lease',
    spoil: () => undefined,
    told: {
      processes: [
        { pid: 41, id: unit, attempt: 1 },
        { pid: 42, id: 'unknown#1', attempt: 1 },
      ],
    },
    finds: [
      [14, unit],
      [14, 'unknown#1'],
    ],
  },
  {
    what: 'a child process of an attempt that was replaced',
    spoil: (world) => rewind(world, lateUnit),
    told: {
      ...stopped,
      verdicts: [],
      processes: [
        { pid: 41, id: lateUnit, attempt: 1 },
        { pid: 42, id: lateUnit, attempt: 2 },
      ],
    },
    finds: [
      [9, late],
      [14, lateUnit],
    ],
  },
  {
    what: 'a change by a person without a command',
    spoil: (world) => drop(world.command, () => true),
    finds: [[15, clean]],
  },
  {
    what: 'a command without its change',
    spoil: (world) => Object.assign(rowOf(world, clean, 3), { actor: 'collector' }),
    finds: [[15, 'c1']],
  },
  {
    what: 'a command without its unit, which retention says nothing of',
    spoil: (world) => expire(world, [clean]),
    finds: [[15, 'c1']],
  },
  {
    what: 'a command without its unit, where retention deleted older ones of the entry',
    spoil: (world) => {
      expire(world, [clean]);
      world.expired_history.push(expiredOf('Clean:nightly', NOW - 20 * MINUTE));
    },
    finds: [[15, 'c1']],
  },
  {
    what: 'a cascade without one of its changes',
    spoil: (world) => {
      const steps = [{ processName: 'Hour', timeperiod: '2015060122', version: 2 }];
      world.command.push({ ...world.command[0], id: 'c2', kind: 'skip', result: { steps } } as never);
    },
    finds: [[15, 'c2']],
  },
  {
    what: 'a command on record twice',
    spoil: (world) => void world.command.push({ ...world.command[0] } as never),
    finds: [[15, 'c1']],
  },
  {
    what: 'a secret in captured output',
    spoil: (world) => Object.assign(world.log_record[0] ?? {}, { line: 'key: pa"ss!' }),
    finds: [[16, 'log_record']],
  },
];

const kept: readonly Plant[] = [
  {
    what: 'a unit of a job that was deleted without a record',
    spoil: (world) => {
      jobOf(world, hour).uowCount = 2;
    },
    finds: [[23, hour]],
  },
  {
    what: 'a unit that is there although retention says that it deleted it',
    spoil: (world) => void world.expired_job.push(expiredJobOf(1)),
    finds: [[23, hour]],
  },
  {
    what: 'the unit in charge of a job deleted',
    spoil: (world) => {
      expire(world, [`${hour}#1`]);
      world.expired_job.push(expiredJobOf(1));
    },
    told: silent,
    finds: [
      [9, hour],
      [23, hour],
    ],
  },
  {
    what: 'the beginning of a journal deleted without a record',
    spoil: (world) => {
      addLongEntry(world, 4);
      drop(world.expired_journal, () => true);
    },
    finds: [[1, entry]],
  },
  {
    what: 'one row of a journal more deleted than is on record',
    spoil: (world) => {
      addLongEntry(world, 3);
      withoutRow(world, entry, 4);
    },
    finds: [[1, entry]],
  },
  {
    what: 'rows of a journal deleted that are among the newest',
    spoil: (world) => addLongEntry(world, 20 - NEWEST_ROWS + 1),
    finds: [[23, entry]],
  },
  {
    what: 'the record of a deleted beginning whose entry is gone',
    spoil: (world) => {
      addLongEntry(world, 4);
      drop(world.freerun_process, () => true);
      drop(world.transition, ({ entityId }) => entityId === entry);
    },
    finds: [
      [3, entry],
      [23, entry],
    ],
  },
  {
    what: 'an epoch that fell behind a deleted beginning',
    spoil: (world) => {
      addLongEntry(world, 4);
      Object.assign(world.expired_journal[0] ?? {}, { epoch: 2 });
    },
    finds: [[7, entry]],
  },
];

describe('the ledger', () => {
  it('finds nothing wrong with sound books, and judges all of them', () =>
    assert.deepEqual(judge(soundWorld()), { violations: [], unjudged: [] }));

  for (const { what, spoil, told = {}, finds } of [...plants, ...kept]) {
    it(`finds ${what}`, () => {
      const world = soundWorld();
      spoil(world);
      const { violations } = judge(world, { ...evidence, ...told });
      assert.deepEqual(
        violations.map(({ invariant, entity }) => [invariant, entity]),
        finds,
        violations.map(violationText).join('\n'),
      );
    });
  }

  for (const [what, set, edges] of [
    ['with its history', {}, [created, fired]],
    ['that never fired', { relatedUow: null }, [created]],
    ['that was removed', { removed: true }, [created, ['ON', 'remove', 'REMOVED']]],
    ['older than its history', {}, [fired]],
    ['of a program that kept no history', { version: 0 }, []],
  ] as const)
    it(`is content with an entry ${what}`, () => {
      const world = soundWorld();
      addEntry(world, set, edges);
      assert.deepEqual(judge(world), { violations: [], unjudged: [] });
    });

  it('misses nothing of a unit that retention deleted, by the record of its entry', () => {
    const world = soundWorld();
    expire(world, [clean]);
    world.expired_history.push(expiredOf('Clean:nightly', NOW));
    assert.deepEqual(judge(world), { violations: [], unjudged: [] });
  });

  it('misses nothing of the unit of a job that retention deleted, by the record of its process', () => {
    const world = soundWorld();
    const before = 'Hour/2015060121#1';
    world.command.push({ ...world.command[0], id: 'c2', result: { canceled: before } } as never);
    world.expired_history.push(expiredOf('Hour', NOW));
    assert.deepEqual(judge(world), { violations: [], unjudged: [] });
  });

  it('misses no unit of a job that retention deleted', () => {
    const world = soundWorld();
    Object.assign(jobOf(world, hour), { uowCount: 3, relatedUow: `${hour}#3` });
    world.expired_job.push(expiredJobOf(1));
    for (const sequence of [2, 3]) {
      const id = `${hour}#${sequence}`;
      const rows = world.transition.filter(({ entityId }) => entityId === `${hour}#1`);
      world.unit_of_work.push({ ...uowOf(world, `${hour}#1`), id, sequence });
      world.transition.push(...rows.map((row) => ({ ...row, entityId: id })));
    }
    expire(world, [`${hour}#1`]);
    assert.deepEqual(judge(world).violations, []);
  });

  it('misses no rows that retention deleted, and takes those that are about to go for gone', () => {
    const world = soundWorld();
    addLongEntry(world, 0);
    const leftOver = { ...rowOf(world, entry, 3) };
    cutJournal(world, entry, 4);
    assert.deepEqual(judge(world), { violations: [], unjudged: [] });
    world.transition.unshift(leftOver);
    assert.deepEqual(judge(world), { violations: [], unjudged: [] });
  });

  it('misses no rows or last unit of an entry that was removed, while its record is there', () => {
    const world = soundWorld();
    addEntry(world, { version: 3, removed: true }, [created, fired, ['ON', 'remove', 'REMOVED']]);
    expire(world, [clean]);
    world.command.splice(0);
    assert.deepEqual(
      judge(world).violations.map(({ invariant, entity }) => [invariant, entity]),
      [[3, entry]],
    );
    world.expired_history.push(expiredOf(entry, NOW));
    assert.deepEqual(judge(world).violations, []);
    cutJournal(world, entry, 3);
    assert.deepEqual(judge(world).violations, []);
    // Made anew meanwhile.
    addRows(world, 'entry', entry, [['REMOVED', 'create', 'ON']]);
    Object.assign(world.transition.at(-1) ?? {}, { version: 4 });
    Object.assign(world.freerun_process[0] ?? {}, { version: 4, removed: false, relatedUow: null });
    assert.deepEqual(judge(world).violations, []);
  });

  it('misses no command that retention deleted, and each that was given later', () => {
    const found = (to: number): unknown[] => {
      const world = soundWorld();
      world.command.splice(0);
      world.fact.push({ name: 'other', value: 1 });
      world.fact.push({ name: EXPIRED_COMMANDS, value: { count: 1, from: 0, to } });
      return judge(world).violations.map(({ invariant, entity: about }) => [invariant, about]);
    };
    assert.deepEqual(found(NOW), []);
    assert.deepEqual(found(NOW - 60 * MINUTE), [[15, clean]]);
  });

  it('misses nothing of a unit whose entry is gone as well, by the record of its process', () => {
    const world = soundWorld();
    expire(world, [clean]);
    world.expired_history.push(expiredOf('Clean', NOW));
    assert.deepEqual(judge(world).violations, []);
  });

  it('knows of a job with a deleted beginning what others were made from', () => {
    const found = (upTo: number, change: Partial<ExpiredJournal> = {}): unknown[] => {
      const world = soundWorld();
      redoHour(world);
      cutJournal(world, hour, upTo);
      Object.assign(world.expired_journal[0] ?? {}, change);
      return judge(world, { ...evidence, ...silent }).violations.map((each) => [each.invariant, each.entity]);
    };
    assert.deepEqual(found(0), []);
    // The day was made from its version 2.
    assert.deepEqual(found(2), []);
    assert.deepEqual(found(2, { sequence: 98 }), [[10, day]]);
    assert.deepEqual(found(4), []);
  });

  it('misses no change of a job by a command that retention deleted', () => {
    const found = (version: number): unknown[] => {
      const world = soundWorld();
      redoHour(world);
      cutJournal(world, hour, 4);
      const steps = [{ processName: 'Hour', timeperiod: '2015060122', version }];
      world.command.push({ ...world.command[0], id: 'c2', kind: 'skip', result: { steps } } as never);
      return judge(world, { ...evidence, ...silent }).violations.map((each) => [each.invariant, each.entity]);
    };
    assert.deepEqual(found(3), []);
    assert.deepEqual(found(4), [[15, 'c2']]);
  });

  it('has had every invariant broken', () =>
    assert.deepEqual(
      invariantNumbers.filter(
        (number) => ![...plants, ...kept].some(({ finds }) => finds.some(([found]) => found === number)),
      ),
      [],
    ));

  it('says what it cannot judge by the store alone', () => {
    const { violations, unjudged } = judge(soundWorld(), { situation: 'stopped', now: NOW });
    assert.deepEqual(violations, []);
    assert.deepEqual(
      unjudged.map(({ invariant }) => invariant),
      [8, 10, 11, 12, 13, 14, 16],
    );
  });

  it('takes both ends of a reprocess, whether or not there was a unit', () => {
    for (const to of ['EMBRYO', 'IN_PROGRESS'] as const) {
      const world = soundWorld();
      const skip = {
        ...rowOf(world, hour, 1),
        entityId: 'Hour/2015060200',
        event: 'skip',
        to: 'SKIPPED',
      } as const;
      world.transition.push({ ...skip, sequence: 97 });
      world.transition.push({ ...skip, version: 2, from: 'SKIPPED', event: 'reprocess', to, sequence: 98 });
      world.job.push({
        ...jobOf(world, hour),
        timeperiod: '2015060200',
        state: to,
        relatedUow: null,
        uowCount: 0,
      });
      assert.deepEqual(judge(world).violations, []);
    }
  });

  it('leaves freerun units of one instant side by side, and quarantined ones unfinished', () => {
    const world = soundWorld();
    const rest = { state: 'INVALID', version: 3 } as const;
    Object.assign(rowOf(world, clean, 3), { event: 'fail', to: 'INVALID', actor: 'collector' });
    Object.assign(uowOf(world, clean), rest);
    for (const row of world.transition.filter((each) => each.entityId === clean))
      world.transition.push({ ...row, entityId: `${clean}0`, sequence: row.sequence + 50 });
    world.unit_of_work.push({ ...uowOf(world, clean), id: `${clean}0` });
    world.command.splice(0);
    assert.deepEqual(judge(world).violations, []);
  });

  it('counts attempts anew once a user has released a unit', () => {
    const world = soundWorld();
    for (const row of world.transition.filter((each) => each.entityId === unit)) row.attempt += 100;
    uowOf(world, unit).attempt += 100;
    const { violations } = judge(world, { ...evidence, ...silent });
    assert.ok(violations.some(({ invariant }) => invariant === 12));
    const request = rowOf(world, unit, 1);
    Object.assign(request, { event: 'repost', actor: 'user ann' });
    assert.ok(judge(world, { ...evidence, ...silent }).violations.every(({ invariant }) => invariant !== 12));
  });

  it('does not count an attempt that no worker ran, nor one that a stop broke off', () => {
    const world = soundWorld();
    const isTooMany = (): boolean =>
      judge(world, { ...evidence, ...silent }).violations.some(({ invariant }) => invariant === 12);
    while (!isTooMany()) {
      for (const row of world.transition.filter((each) => each.entityId === unit)) row.attempt++;
      uowOf(world, unit).attempt++;
    }
    Object.assign(rowOf(world, unit, 1), { event: 'repost', actor: 'worker w', reason: 'its process died' });
    assert.ok(isTooMany());
    for (const reason of [givenBack, brokenOff]) {
      Object.assign(rowOf(world, unit, 1), { reason });
      assert.ok(!isTooMany());
    }
  });

  it('takes no claim for carried out before the unit was given back, however early it was asked for', () => {
    const world = soundWorld();
    Object.assign(rowOf(world, lateUnit, 4), { at: AFTER_CLAIM - 60_000 });
    assert.deepEqual(judge(world).violations, []);
  });

  it('calls nothing late that a scheduler had no time for, or whose process is off', () => {
    const world = soundWorld();
    rewind(world, lateUnit, { lease: { owner: 'w', expiresAt: NOW - 60_000 } });
    const isLate = (told: Partial<Evidence>): boolean =>
      judge(world, { ...evidence, ...stopped, ...told }).violations.some(({ invariant }) => invariant === 13);
    assert.equal(isLate({}), true);
    assert.equal(isLate({ movingSince: NOW - 10_000 }), false);
    const off = { processName: 'Hour', on: false, trigger: null, arguments: null, updatedAt: 0 };
    world.managed_process.push(off);
    assert.equal(isLate({}), false);
  });

  it('remembers the ends of jobs that were taken back', () => {
    const world = soundWorld();
    world.transition.push({
      ...rowOf(world, hour, 2),
      version: 3,
      from: 'PROCESSED',
      event: 'reprocess',
      to: 'IN_PROGRESS',
      sequence: 99,
    });
    Object.assign(jobOf(world, hour), { version: 3, state: 'IN_PROGRESS', relatedUow: null, redo: true });
    assert.deepEqual(judge(world, { ...evidence, ...stopped }).violations, []);
    Object.assign(rowOf(world, hour, 3), { sequence: 0 });
    assert.deepEqual(
      judge(world, { ...evidence, ...stopped }).violations.map(({ invariant, entity }) => [
        invariant,
        entity,
      ]),
      [[10, day]],
    );
  });

  it('takes a cascade whose changes are journaled for what it is', () => {
    const world = soundWorld();
    const { processName, timeperiod } = jobOf(world, hour);
    const skip = {
      ...rowOf(world, hour, 1),
      entityId: 'Hour/2015060200',
      event: 'skip',
      to: 'SKIPPED',
    } as const;
    world.transition.push({ ...skip, actor: 'user ann', sequence: 98 });
    const skipped = { processName, timeperiod: '2015060200', version: 0 };
    const fresh = { state: 'SKIPPED', version: 1, relatedUow: null, uowCount: 0 } as const;
    world.job.push({ ...jobOf(world, hour), ...fresh, timeperiod: '2015060200' });
    world.command.push({
      ...world.command[0],
      id: 'c2',
      kind: 'skip',
      result: { steps: [skipped] },
    } as never);
    assert.deepEqual(judge(world).violations, []);
    Object.assign(skipped, { timeperiod });
    assert.deepEqual(
      judge(world).violations.map(({ invariant, entity, about }) => [invariant, entity, about]),
      [[15, 'c2', [hour]]],
    );
  });

  it('shows no secret in what it says', () => {
    const world = soundWorld();
    Object.assign(world.command[0] ?? {}, { reason: 'pa"ss' });
    const { violations } = judge(world);
    assert.deepEqual(violations.map(violationText), [
      '16 no secrets: command: expected no secret in any row, found secret 1 in command',
    ]);
  });
});
