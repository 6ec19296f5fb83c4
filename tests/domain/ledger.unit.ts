import assert from 'node:assert/strict';
import { createLedger } from '../../domain/ledger.ts';
import type { LedgerJob, LedgerRule, LedgerUow } from '../../domain/ledger.ts';
import type { TransitionRecord } from '../../domain/model/record.ts';

type Row = Pick<TransitionRecord, 'entityKind' | 'entityId' | 'version' | 'from' | 'to' | 'event'>;

interface Books {
  readonly journal: readonly Row[];
  readonly uows: readonly LedgerUow[];
  readonly jobs: readonly LedgerJob[];
}

const job = 'Hourly/2015060100';
const unit = 'Hourly/2015060100#1';

const row = (
  entityKind: 'job' | 'uow',
  entityId: string,
  version: number,
  [from, event, to]: readonly unknown[],
): Row => ({ entityKind, entityId, version, from, event, to }) as Row;

const uow = (id: string, state: LedgerUow['state'], version: number): LedgerUow => ({
  id,
  kind: 'managed',
  processName: 'Hourly',
  timeperiod: '2015060100',
  state,
  version,
});

/** One hour, done at once. */
const sound: Books = {
  journal: [
    row('job', job, 1, ['EMBRYO', 'start', 'IN_PROGRESS']),
    row('uow', unit, 1, [null, 'request', 'REQUESTED']),
    row('uow', unit, 2, ['REQUESTED', 'claim', 'IN_PROGRESS']),
    row('uow', unit, 3, ['IN_PROGRESS', 'complete', 'PROCESSED']),
    row('job', job, 2, ['IN_PROGRESS', 'complete', 'PROCESSED']),
  ],
  uows: [uow(unit, 'PROCESSED', 3)],
  jobs: [
    { processName: 'Hourly', timeperiod: '2015060100', state: 'PROCESSED', version: 2, relatedUow: unit },
  ],
};

const broken = ({ journal, uows, jobs }: Books): [LedgerRule, string][] => {
  const ledger = createLedger();
  journal.forEach((each, i) =>
    ledger.addTransition({
      ...each,
      sequence: i + 1,
      at: 0,
      actor: 'test',
      reason: null,
      epoch: 0,
      attempt: 1,
    }),
  );
  uows.forEach((each) => ledger.addUow(each));
  jobs.forEach((each) => ledger.addJob(each));
  return ledger.violations().map(({ rule, entity }) => [rule, entity]);
};

const second = 'Hourly/2015060100#2';

describe('the ledger', () => {
  it('finds nothing wrong with sound books', () => assert.deepEqual(broken(sound), []));

  it('finds nothing wrong with empty books and untouched jobs', () => {
    const untouched: LedgerJob = {
      processName: 'Hourly',
      timeperiod: '2015060101',
      state: 'EMBRYO',
      version: 0,
      relatedUow: null,
    };
    assert.deepEqual(broken({ journal: [], uows: [], jobs: [untouched] }), []);
  });

  it('takes both ends of a reprocess, whether or not there was a unit', () => {
    const skipped = row('job', job, 1, ['EMBRYO', 'skip', 'SKIPPED']);
    for (const to of ['EMBRYO', 'IN_PROGRESS'] as const) {
      const journal = [skipped, row('job', job, 2, ['SKIPPED', 'reprocess', to])];
      const jobs: LedgerJob[] = [
        { processName: 'Hourly', timeperiod: '2015060100', state: to, version: 2, relatedUow: null },
      ];
      assert.deepEqual(broken({ journal, uows: [], jobs }), []);
    }
  });

  it('leaves freerun units of one instant side by side', () => {
    const id = (n: number): string => `Clean:nightly/20150601000000#${n}`;
    const journal = [1, 2].map((n) => row('uow', id(n), 1, [null, 'request', 'REQUESTED']));
    const uows = [1, 2].map((n): LedgerUow => ({ ...uow(id(n), 'REQUESTED', 1), kind: 'freerun' }));
    assert.deepEqual(broken({ journal, uows, jobs: [] }), []);
  });

  const planted: readonly [string, Books, [LedgerRule, string][]][] = [
    [
      'a version left out',
      { ...sound, journal: sound.journal.filter((each) => each.event !== 'claim') },
      [['consecutive-versions', unit]],
    ],
    [
      'a version twice',
      {
        ...sound,
        journal: sound.journal.map((each) => (each.event === 'claim' ? { ...each, version: 1 } : each)),
      },
      [
        ['consecutive-versions', unit],
        ['consecutive-versions', unit],
      ],
    ],
    [
      'a transition that begins elsewhere',
      {
        ...sound,
        journal: sound.journal.map((each) => (each.event === 'claim' ? { ...each, to: 'INVALID' } : each)),
      },
      [
        ['legal-edge', unit],
        ['consecutive-versions', unit],
      ],
    ],
    [
      'an edge that the job machine lacks',
      {
        ...sound,
        journal: sound.journal.map((each) =>
          each.event === 'start' ? { ...each, event: 'complete' } : each,
        ),
      },
      [['legal-edge', job]],
    ],
    [
      'an edge that leads elsewhere',
      {
        ...sound,
        journal: sound.journal.map((each) =>
          each.event === 'start' ? { ...each, event: 'finalize' } : each,
        ),
      },
      [['legal-edge', job]],
    ],
    [
      'a unit that was never requested',
      {
        ...sound,
        journal: sound.journal.map((each) =>
          each.event === 'request' ? { ...each, from: 'INVALID' } : each,
        ),
      },
      [
        ['consecutive-versions', unit],
        ['legal-edge', unit],
      ],
    ],
    [
      'a job in another state than journaled',
      { ...sound, jobs: sound.jobs.map((each) => ({ ...each, state: 'SKIPPED' })) },
      [['state-as-journaled', job]],
    ],
    [
      'a unit at another version than journaled',
      { ...sound, uows: [uow(unit, 'PROCESSED', 4)] },
      [['state-as-journaled', unit]],
    ],
    [
      'a record without a journal',
      { ...sound, uows: [...sound.uows, uow(second, 'CANCELED', 1)] },
      [['state-as-journaled', second]],
    ],
    ['a journal without a record', { ...sound, jobs: [] }, [['state-as-journaled', job]]],
    [
      'two unfinished units of a job',
      {
        journal: [unit, second].map((id) => row('uow', id, 1, [null, 'request', 'REQUESTED'])),
        uows: [unit, second].map((id) => uow(id, 'REQUESTED', 1)),
        jobs: [],
      },
      [['one-unfinished-unit', job]],
    ],
    [
      'a PROCESSED job whose unit is not',
      {
        ...sound,
        journal: sound.journal.map((each) =>
          each.to === 'PROCESSED' && each.entityKind === 'uow'
            ? { ...each, event: 'empty', to: 'NOOP' }
            : each,
        ),
        uows: [uow(unit, 'NOOP', 3)],
      },
      [['processed-by-unit', job]],
    ],
    [
      'a PROCESSED job without a unit',
      { ...sound, jobs: sound.jobs.map((each) => ({ ...each, relatedUow: null })) },
      [['processed-by-unit', job]],
    ],
  ];
  for (const [what, books, expected] of planted) {
    it(`finds ${what}`, () => assert.deepEqual(broken(books), expected));
  }
});
