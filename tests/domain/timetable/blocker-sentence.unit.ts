import assert from 'node:assert/strict';

import type { Blocker, BlockerKind } from '../../../domain/timetable/blocker.ts';
import {
  describeBlocker,
  describeBlockers,
  describeRoot,
} from '../../../domain/timetable/blocker-sentence.ts';

const NOON = Date.UTC(2015, 5, 1, 12);

const blocker = (kind: BlockerKind, more: Partial<Blocker> = {}): Blocker => ({
  kind,
  processName: 'SiteHourly',
  timeperiod: '2015060103',
  state: 'EMBRYO',
  standing: 'EMBRYO',
  ...more,
});

describe('sentences about blockers', () => {
  const job = 'SiteHourly 2015060103 (EMBRYO)';
  const cases: readonly (readonly [Blocker, string])[] = [
    [blocker('child'), `its child ${job}`],
    [blocker('dependency'), `its dependency ${job}`],
    [
      blocker('child', { state: 'IN_PROGRESS', standing: 'RETRYING' }),
      'its child SiteHourly 2015060103 (RETRYING)',
    ],
    [blocker('dependency', { until: NOON }), `its dependency ${job}, which begins at 2015-06-01T12:00:00Z`],
    [
      blocker('dependency', { detail: 'any 22 of 24 are enough' }),
      `its dependency ${job}, or another (any 22 of 24 are enough)`,
    ],
    [blocker('period-open', { until: NOON }), 'the end of its period at 2015-06-01T12:00:00Z'],
    [blocker('start-lag', { until: NOON }), 'the start lag after its period, until 2015-06-01T12:00:00Z'],
    [blocker('source-open'), 'its source, which may still receive rows of this period'],
    [
      blocker('source-open', { until: NOON }),
      'its source, which may still receive rows of this period (complete up to 2015-06-01T12:00:00Z)',
    ],
    [
      blocker('source-open', {
        until: NOON,
        detail: 'daemon D stays down',
        command: 'synergy restart worker',
      }),
      "its source, which may still receive rows of this period (complete up to 2015-06-01T12:00:00Z), and daemon D stays down; when what broke it is mended, start it again with 'synergy restart worker'",
    ],
    [blocker('process-off'), 'its process SiteHourly, which is off: switch it on'],
    [blocker('concurrency-full'), `a free slot: ${job} holds one`],
    [blocker('ordered-behind'), `the earlier period ${job}, since the process is ordered`],
    [blocker('inputs-redone'), `${job}, which is being redone`],
    [blocker('waiting-for-trigger'), 'its trigger'],
    [blocker('waiting-for-trigger', { until: NOON }), 'its trigger, next at 2015-06-01T12:00:00Z'],
    [blocker('retry', { until: NOON }), 'its retry at 2015-06-01T12:00:00Z'],
    [
      blocker('retry', { until: NOON, detail: 'exit code 3' }),
      'its retry at 2015-06-01T12:00:00Z after: exit code 3',
    ],
    [
      blocker('quarantined'),
      'a person: its unit of work is quarantined: release it when what broke it is mended, or cancel it, which skips the job',
    ],
    [
      blocker('quarantined', { detail: 'poison', unit: 'u#1' }),
      'a person: its unit of work u#1 is quarantined (poison): release it when what broke it is mended, or cancel it, which skips the job',
    ],
    [
      blocker('waiting-for-worker', { since: NOON, detail: 'u#1' }),
      'a worker since 2015-06-01T12:00:00Z (u#1)',
    ],
    [blocker('waiting-for-worker'), 'a worker since an unknown time (unit unknown)'],
    [
      blocker('no-worker', { since: NOON, detail: 'it was stopped', command: 'synergy start' }),
      "a worker, and none runs SiteHourly since 2015-06-01T12:00:00Z: it was stopped; start one with 'synergy start'",
    ],
    [blocker('no-worker'), 'a worker, and none runs SiteHourly'],
    [blocker('running', { since: NOON }), 'its worker, running since 2015-06-01T12:00:00Z'],
    [
      blocker('running', { since: NOON, detail: 'box-1' }),
      'its worker, running since 2015-06-01T12:00:00Z (box-1)',
    ],
    [blocker('future', { until: NOON }), 'its period, which begins at 2015-06-01T12:00:00Z'],
  ];

  for (const [found, words] of cases) it(`say ${words}`, () => assert.equal(describeBlocker(found), words));

  it('name the job that a root holds up', () => {
    assert.equal(
      describeRoot(blocker('retry', { until: NOON })),
      'SiteHourly 2015060103 waits for its retry at 2015-06-01T12:00:00Z',
    );
  });

  it('tell the state of a finished job', () => {
    assert.equal(describeBlockers('NOOP', []), 'It is finished: NOOP.');
  });

  it('name three at most and count the rest', () => {
    const all = ['00', '01', '02', '03', '04'].map((hour) =>
      blocker('child', { timeperiod: `20150601${hour}` }),
    );
    const child = (hour: string): string => `its child SiteHourly 20150601${hour} (EMBRYO)`;
    assert.equal(describeBlockers('EMBRYO', all.slice(0, 1)), `It waits for ${child('00')}.`);
    assert.equal(
      describeBlockers('EMBRYO', all.slice(0, 3)),
      `It waits for ${child('00')}; ${child('01')}; ${child('02')}.`,
    );
    assert.equal(
      describeBlockers('EMBRYO', all),
      `It waits for ${child('00')}; ${child('01')}; ${child('02')}; and 2 more.`,
    );
  });
});
