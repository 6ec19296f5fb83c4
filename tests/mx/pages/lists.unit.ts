import assert from 'node:assert/strict';
import type { CommandRecord, TransitionRecord } from '../../../domain/model/record.ts';
import type { EntryView } from '../../../scheduler/api/api.ts';
import { qualifiersOf } from '../../../mx/present/job-chip.ts';
import { present as presentFreerun } from '../../../mx/pages/freerun.ts';
import { present as presentJournal } from '../../../mx/pages/journal.ts';
import { present as presentEntry } from '../../../mx/pages/entry.ts';
import { readPage } from '../../../mx/present/pager.ts';
import type { ReadTurn, Turned } from '../../../mx/present/pager.ts';
import { present as presentProcesses } from '../../../mx/pages/processes.ts';
import { present as presentSchedule } from '../../../mx/pages/schedule.ts';
import { present as presentTraffic } from '../../../mx/pages/traffic.ts';
import { noSubject } from '../../support/records.ts';
import { makeFakeApi } from '../support/fake-api.ts';
import { fakeTraffic } from '../support/fake-traffic.ts';
import { NOW } from '../support/fake-timetable.ts';

const api = makeFakeApi();
const qualifiers = qualifiersOf(api.trees());

const turned = <T>(rows: readonly T[]): Turned<T> => ({ rows, hasNewer: false, hasOlder: false });
const turns = { rows: {}, commands: {} };

describe('the journal', () => {
  const read: ReadTurn<TransitionRecord, number> = (order, cursor, limit) =>
    api.journal({ order, ...(cursor !== undefined && { after: cursor }), limit });
  const sequences = ({ rows }: Turned<TransitionRecord>) => rows.map(({ sequence }) => sequence);

  it('shows a page by days, and leads to older and newer rows under the same filter', async () => {
    const first = await readPage({}, 100, read);
    const { days, pager } = presentJournal(first, turned([]), { entity: 'a b', qualifiers, turns });
    assert.equal(
      days.reduce((sum, day) => sum + day.rows.length, 0),
      100,
    );
    const [newest, last] = [first.rows[0]?.sequence, first.rows[99]?.sequence];
    const older = `/journal?entity=a+b&before=${last ?? ''}`;
    assert.deepEqual(pager, { newest: undefined, newer: undefined, older });
    const second = await readPage({ before: last }, 100, read);
    assert.equal(second.rows[0]?.sequence, (last ?? 0) - 1);
    assert.deepEqual(presentJournal(second, turned([]), { qualifiers, turns }).pager, {
      newest: '/journal',
      newer: `/journal?after=${(last ?? 0) - 1}`,
      older: `/journal?before=${(last ?? 0) - 100}`,
    });
    const back = await readPage({ after: (last ?? 0) - 1 }, 100, read);
    assert.deepEqual([sequences(back), back.hasNewer], [sequences(first), false]);
    const between = await readPage({ after: (last ?? 0) - 1 }, 50, read);
    assert.deepEqual([between.hasNewer, between.hasOlder], [true, true]);
    assert.deepEqual(
      sequences(await readPage({ after: newest }, 100, read)),
      sequences(first),
      'nothing is newer',
    );
  });

  it('writes out what a row is about', async () => {
    const [row] = await api.journal({ limit: 1 });
    assert.ok(row);
    const about = (entityId: string, actor: string) => {
      const { days } = presentJournal(turned([{ ...row, entityId, actor }]), turned([]), {
        qualifiers,
        turns,
      });
      const line = days[0]?.rows[0];
      return [line?.entity.name, line?.entity.period, line?.entity.unit, line?.actor];
    };
    assert.deepEqual(about('SiteHourly/2015051703', 'scheduler'), [
      'SiteHourly',
      '17 May 2015 03h',
      '',
      'scheduler',
    ]);
    assert.deepEqual(about('SiteDaily/2015051700#2', 'worker pine:worker:7442:685144@ae315a39'), [
      'SiteDaily',
      '17 May 2015',
      '#2',
      'worker pine:worker:7442',
    ]);
    assert.deepEqual(about('A:late/20150601001500#1', 'user api').slice(0, 3), [
      'A:late',
      '2015-06-01 00:15:00',
      '#1',
    ]);
    assert.deepEqual(about('A:late/by-hand#6799f154-4fe5', 'user api').slice(0, 3), [
      'A:late',
      'by-hand',
      '#6799f154…',
    ]);
    assert.deepEqual(about('Gone/2015051703', 'user api')[0], 'Gone/2015051703');
  });

  it('tells commands with what they are about', () => {
    const command: CommandRecord = {
      id: 'c1',
      ...noSubject,
      kind: 'skip',
      arguments: { processName: 'SiteDaily', timeperiod: '2015051700', planHash: 'x' },
      actor: 'dashboard',
      reason: null,
      createdAt: 0,
      state: 'refused',
      finishedAt: 1,
      result: null,
    };
    const page = { rows: [command, { ...command, id: 'c0' }], hasNewer: true, hasOlder: true };
    const { commands, commandPager } = presentJournal(turned([]), page, {
      qualifiers,
      turns: { ...turns, rows: { before: 7 } },
    });
    assert.deepEqual([commands[0]?.subject, commands[0]?.glyph], ['SiteDaily 2015051700', 'invalid']);
    assert.deepEqual(commandPager, {
      newest: '/journal?before=7',
      newer: '/journal?before=7&commandsAfter=c1',
      older: '/journal?before=7&commandsBefore=c0',
    });
  });
});

describe('a command of the journal', () => {
  const shown = (more: Partial<CommandRecord>) => {
    const command: CommandRecord = {
      ...{ id: 'c1', kind: 'set-managed', arguments: {}, actor: 'ann', reason: 'x', createdAt: 0 },
      ...{ ...noSubject, state: 'done', finishedAt: 1, result: null },
      ...more,
    };
    const [line] = presentJournal(turned([]), turned([command]), { qualifiers, turns }).commands;
    return [line?.change, line?.refusal];
  };
  const given = (more: CommandRecord['arguments']) => ({ arguments: { processName: 'A', ...more } });

  it('says what it was to change', () => {
    assert.deepEqual(shown(given({ on: false })), ['off', undefined]);
    assert.deepEqual(shown(given({ on: true, trigger: 'every 7m' }))[0], 'on, trigger every 7m');
    assert.equal(shown(given({ arguments: { depth: 3 } }))[0], 'arguments {"depth":3}');
    assert.equal(shown(given({ arguments: { text: 'x'.repeat(500) } }))[0]?.length, 131);
    const entry = {
      kind: 'set-freerun' as const,
      ...given({ overlap: 'allow', missed: 'none', description: 'd' }),
    };
    assert.equal(shown(entry)[0], 'overlap allow, missed runs none, description “d”');
    assert.equal(shown({ kind: 'skip', ...given({ timeperiod: '2015051700' }) })[0], '');
  });

  it('says why it was refused, or did nothing', () => {
    const refused = { state: 'refused', result: { code: 'CONFLICT', message: 'it is off' } } as const;
    assert.equal(shown(refused)[1], 'it is off');
    const dropped = {
      kind: 'fire-freerun',
      result: { outcome: 'drop', because: 'the last one runs' },
    } as const;
    assert.equal(shown(dropped)[1], 'the last one runs');
    assert.equal(shown({ result: { message: 'x' } })[1], undefined);
  });
});

describe('the page of processes', () => {
  it('groups by tree, and tells a changed trigger', async () => {
    const [summary] = await api.managed();
    assert.ok(summary);
    const { groups } = presentProcesses(
      [{ ...summary, trigger: 'every 7m', nextFires: [NOW + 90_000] }],
      [],
      NOW,
    );
    const line = groups[0]?.processes[0];
    assert.deepEqual([groups.length, line?.triggerChanged, line?.nextFires[0]?.text], [1, true, 'in 1m 30s']);
    assert.deepEqual(
      line?.facts.map(({ label }) => label),
      ['Strategy', 'Blocking', 'Retry', 'Worker', 'Source', 'Sink', 'Without rows'],
    );
  });

  it('tells who switched a process last, when and why', async () => {
    const [summary] = await api.managed();
    assert.ok(summary);
    const change = (given: CommandRecord['arguments'], more: Partial<CommandRecord>): CommandRecord => ({
      ...{ id: 'c', kind: 'set-managed', actor: 'ann', reason: null, createdAt: 0 },
      ...{ ...noSubject, state: 'done', finishedAt: 1, result: null },
      arguments: { processName: summary.process.name, ...given },
      ...more,
    });
    const told = (...commands: CommandRecord[]) =>
      presentProcesses([summary], commands, NOW).groups[0]?.processes[0]?.switched;
    assert.deepEqual(
      told(
        change({ on: true }, { state: 'refused' }),
        change({ trigger: 'every 7m' }, {}),
        change({ on: false }, { reason: 'the log server is moved', createdAt: Date.UTC(2026, 0, 2) }),
        change({ on: true }, { actor: 'bob' }),
      ),
      {
        to: 'off',
        actor: 'ann',
        at: { iso: '2026-01-02T00:00:00.000Z', full: '2026-01-02 00:00:00 UTC', text: '2026-01-02 00:00:00' },
        reason: 'the log server is moved',
      },
    );
    assert.equal(told(), undefined);
  });

  it('writes dependencies and workers out', async () => {
    const [summary] = await api.managed();
    assert.ok(summary);
    const process = {
      ...summary.process,
      grouping: 3,
      ordered: true,
      timeLimit: 60_000,
      worker: { kind: 'command' as const, argv: ['python3', 'x.py'], cwd: '.', env: [], logBytes: 1 },
      dependencies: [
        { process: 'A', mapping: 'contained' as const, atLeast: 2 },
        { process: 'B', mapping: { offset: [-3, -1] as const } },
      ],
    };
    const facts = new Map(
      presentProcesses([{ ...summary, process }], [], NOW).groups[0]?.processes[0]?.facts.map(
        ({ label, value }) => [label, value],
      ),
    );
    assert.equal(facts.get('Waits for'), 'A (contained, at least 2), B (offset -3 to -1)');
    assert.equal(facts.get('Worker'), 'command python3 x.py');
    assert.equal(facts.get('Grouping'), '3 periods a job');
    assert.equal(facts.get('Time limit'), '1m');
  });
});

describe('the page of freerun entries', () => {
  const entryOf = () => api.freerunEntry({ processName: 'SessionCollector', entryName: 'open' });
  const at = { now: NOW, timetableNow: NOW };

  it('tells entries by their processes, and leads to the page of each', async () => {
    const entry = await entryOf();
    const { groups } = presentFreerun(
      [entry, { ...entry, entryName: 'late' }, { ...entry, processName: 'Mail', on: false }],
      at,
    );
    assert.deepEqual(
      groups.map(({ process, entries }) => [process, entries.map(({ href }) => href)]),
      [
        ['SessionCollector', ['/freerun/SessionCollector/open', '/freerun/SessionCollector/late']],
        ['Mail', ['/freerun/Mail/open']],
      ],
    );
  });

  it('leads from page to page', async () => {
    const entry = await entryOf();
    const entries = Array.from({ length: 101 }, (_, n) => ({ ...entry, entryName: `e${1000 + n}` }));
    const first = presentFreerun(entries, at);
    assert.equal(first.groups[0]?.entries.length, 100);
    assert.deepEqual([first.first, first.next], [undefined, '/freerun?after=SessionCollector%3Ae1099']);
    const last = presentFreerun(entries.slice(100), { ...at, after: 'SessionCollector:e1099' });
    assert.deepEqual([last.first, last.next], ['/freerun', undefined]);
  });
});

describe('the page of a freerun entry', () => {
  const at = { now: NOW, timetableNow: NOW };
  const none = { rows: [], hasNewer: false, hasOlder: false };
  const turns = { units: {}, history: {} };
  const shown = async (more: Partial<EntryView> = {}) => {
    const entry = {
      ...(await api.freerunEntry({ processName: 'SessionCollector', entryName: 'open' })),
      ...more,
    };
    return presentEntry({ entry, units: none, history: none, commands: [] }, turns, at);
  };

  it('offers to remove what was made on it, and nothing of the context', async () => {
    assert.equal((await shown({ origin: 'context' })).links?.remove, undefined);
    assert.match((await shown({ origin: 'user' })).links?.remove ?? '', /^\/actions\/remove-freerun/);
  });

  it('offers to cancel what still runs only', async () => {
    const { lastUow } = await api.freerunEntry({ processName: 'SessionCollector', entryName: 'open' });
    assert.ok(lastUow);
    const running = await shown({ lastUow: { ...lastUow, state: 'IN_PROGRESS' } });
    assert.match(running.links?.cancel ?? '', /^\/actions\/cancel-uow\?uowId=/);
    assert.equal((await shown({ lastUow: { ...lastUow, state: 'PROCESSED' } })).links?.cancel, undefined);
  });

  it('says in words what it does, and offers nothing once it was removed', async () => {
    const facts = new Map(
      (await shown({ trigger: 'at 0-08:00', overlap: 'allow' })).facts.map(({ label, value }) => [
        label,
        value,
      ]),
    );
    assert.match(facts.get('Schedule') ?? '', /^at 0-08:00: Every Monday at 08:00 UTC\.$/);
    assert.equal(facts.get('Overlap'), 'allow: units run beside each other');
    const removed = await shown({ removed: true, worker: null });
    assert.deepEqual([removed.links, removed.look.label], [undefined, 'Removed']);
    assert.match(
      removed.facts.find(({ label }) => label === 'Worker')?.value ?? '',
      /the context has the process no more/,
    );
  });

  it('turns the pages of one list and leaves the other where it is', async () => {
    const entry = await api.freerunEntry({ processName: 'SessionCollector', entryName: 'open' });
    assert.ok(entry.lastUow);
    const { unitPager } = presentEntry(
      {
        entry,
        units: { rows: [entry.lastUow], hasNewer: true, hasOlder: true },
        history: none,
        commands: [],
      },
      { units: { before: 'x' }, history: { before: 7 } },
      at,
    );
    const [path, query] = unitPager.older?.split('?') ?? [];
    assert.equal(path, '/freerun/SessionCollector/open');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(query)), {
      unitsBefore: entry.lastUow.id,
      before: '7',
    });
    assert.equal(unitPager.newest, '/freerun/SessionCollector/open?before=7');
  });
});

describe('a trigger while it is typed', () => {
  it('is said in words, with its next five fires', () => {
    const { words, warnings, fires, error } = presentSchedule('every 15m', NOW);
    assert.deepEqual([words, warnings, error], ['Every 15 minutes.', [], undefined]);
    assert.deepEqual([fires.length, fires[0]?.full.slice(14)], [5, '45:00 UTC']);
    const { warnings: ended } = presentSchedule('R0/2015-01-01T00:00:00Z/PT1S', NOW);
    assert.deepEqual(ended, ['It has ended: its last firing was on 1 January 2015 at 00:00 UTC.']);
  });

  it('is told what is wrong with it, and nothing while it is empty', () => {
    assert.match(presentSchedule('evry 15m', NOW).error ?? '', /evry 15m/);
    assert.deepEqual(presentSchedule('', NOW), {
      words: '',
      warnings: [],
      fires: [],
      error: undefined,
    });
  });
});

describe('the page of traffic', () => {
  it('adds up, and hands points to the charts in seconds', () => {
    const data = fakeTraffic();
    const { charts, clients, empty } = presentTraffic(data);
    const [times, values] = JSON.parse(charts[0]?.hourly ?? '[]') as [number[], number[]];
    assert.deepEqual(
      [times[0], values[0], times.length],
      [Date.UTC(2015, 4, 17) / 1000, data.hourly[0]?.requests, 360],
    );
    assert.deepEqual([clients.length, clients[0]?.share, empty], [15, 100, false]);
  });

  it('says so when hours are left out, and when there are none', () => {
    const data = fakeTraffic();
    const long = { ...data, hourly: Array.from({ length: 1500 }, () => data.hourly[0]!) };
    assert.equal(presentTraffic(long).charts[0]?.cap, 'hours: the last 1,488 of 1,500');
    const none = { hourly: [], daily: [], clients: [] };
    const read = presentTraffic({ ...none, lines: 1234, malformed: 5 });
    assert.deepEqual([read.empty, read.origin], [true, '1,234 lines read, 5 malformed.']);
    const invented = presentTraffic({ ...none, lines: null, malformed: null });
    assert.equal(invented.origin, 'Requests invented by the built-in stream.');
  });
});
