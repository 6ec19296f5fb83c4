import assert from 'node:assert/strict';
import type { TransitionRecord, UowRecord } from '../../../domain/model/record.ts';
import { qualifiersOf } from '../../../mx/present/job-chip.ts';
import { readLog } from '../../../mx/present/log-text.ts';
import { present } from '../../../mx/pages/unit.ts';
import type { UnitData, UnitModel } from '../../../mx/pages/unit.ts';
import { logSequence } from '../../../domain/model/log-sequence.ts';
import { fakeUow, makeFakeApi } from '../support/fake-api.ts';

const NOW = Date.UTC(2026, 10, 21, 11, 4, 3);
const qualifiers = qualifiersOf(makeFakeApi().trees());
const log = { uowId: 'x', href: '/units/x', lines: [], next: undefined, cap: 500 };
const hour = { process: { name: 'SiteHourly' }, timeperiod: '2015053123' };
const running = { ...fakeUow(hour, 'IN_PROGRESS'), endTimeperiod: '2015060100' };
const freerun: UowRecord = {
  ...fakeUow({ process: { name: 'SessionCollector' }, timeperiod: '20150601001500' }, 'PROCESSED'),
  kind: 'freerun',
  entryName: 'open',
  arguments: { depth: 3 },
  source: null,
  sink: null,
  startId: null,
  endId: null,
};

const shown = (uow: UowRecord, more: Partial<UnitData> = {}): UnitModel =>
  present({ uow, transitions: [], rejected: [], log, after: 0, ...more }, NOW, qualifiers);
const factsOf = ({ facts }: UnitModel): Record<string, string> =>
  Object.fromEntries(facts.map(({ label, value }) => [label, value]));

describe('the page of a unit of work', () => {
  it('looks again and may be canceled until it is finished', () => {
    const open = shown(running);
    assert.deepEqual([open.poll, open.cancel], [2, '/actions/cancel-uow?uowId=SiteHourly%2F2015053123%231']);
    assert.deepEqual(open.unit.progress, { done: 1380, total: 2207, text: '1,380 of 2,207' });
    for (const state of ['PROCESSED', 'NOOP', 'CANCELED'] as const) {
      const { poll, cancel } = shown(fakeUow(hour, state));
      assert.deepEqual([poll, cancel], [undefined, undefined], state);
    }
    assert.notEqual(shown(fakeUow(hour, 'INVALID')).cancel, undefined);
  });

  it('shows an error of the attempt before as history, and its own as its own', () => {
    const before = 'Error: the disk is full';
    for (const state of ['REQUESTED', 'IN_PROGRESS'] as const) {
      const { unit } = shown({ ...fakeUow(hour, state, 2), error: before });
      assert.deepEqual([unit.error, unit.lastError], [undefined, before], state);
    }
    for (const state of ['INVALID', 'CANCELED'] as const) {
      const { unit } = shown({ ...fakeUow(hour, state, 2), error: before });
      assert.deepEqual([unit.error, unit.lastError], [before, undefined], state);
    }
  });

  it('says of a failed unit whether it is tried again, and lights it so', () => {
    const lit = ({ diagram }: UnitModel): unknown =>
      diagram.states.filter(({ current }) => current).map(({ id, glyph }) => [id, glyph]);
    const retrying = shown(fakeUow(hour, 'INVALID'));
    const quarantined = shown({ ...fakeUow(hour, 'INVALID'), retryAt: null });
    assert.deepEqual([retrying.unit.look.label, lit(retrying)], ['Retrying', [['INVALID', 'invalid']]]);
    assert.deepEqual(
      [quarantined.unit.look.label, lit(quarantined)],
      ['Quarantined', [['INVALID', 'quarantined']]],
    );
    assert.doesNotMatch(quarantined.unit.look.meaning, /will be tried again/);
  });

  it('may be released once it has failed, and not before', () => {
    assert.equal(
      shown(fakeUow(hour, 'INVALID')).release,
      '/actions/release-uow?uowId=SiteHourly%2F2015053123%231',
    );
    assert.deepEqual([shown(running).release, shown(freerun).release], [undefined, undefined]);
  });

  it('tells what it covers, and leaves out what it does not have', () => {
    assert.deepEqual(factsOf(shown(running)), {
      Covers: '31 May 2015 23h up to 1 Jun 2015 00h',
      Rows: '81204 to 83411',
      Source: 'hit',
      Sink: 'site_hourly',
      Created: '2026-11-21 10:22:03 UTC',
      Started: '2026-11-21 10:22:03 UTC',
    });
    const { Finished, Crashes } = factsOf(shown({ ...fakeUow(hour, 'INVALID'), crashes: 2 }));
    assert.deepEqual([Finished, Crashes], ['2026-11-21 10:22:05 UTC', '2']);
  });

  it('leads from a managed unit to its job; one of a freerun entry has none', () => {
    assert.equal(shown(running).chip?.href, '/jobs/SiteHourly/2015053123');
    const model = shown(freerun);
    assert.deepEqual([model.name, model.chip], ['SessionCollector:open', undefined]);
    assert.equal(factsOf(model)['Planned for'], '2015-06-01 00:15:00');
    assert.equal(model.arguments, '{\n  "depth": 3\n}');
  });

  it('shows the bare digits of a process that left the context', () => {
    const gone = { ...running, processName: 'Gone' };
    assert.equal(factsOf(shown(gone))['Covers'], '2015053123 to 2015060100');
    assert.equal('Covers' in factsOf(shown({ ...gone, endTimeperiod: gone.startTimeperiod })), false);
    assert.equal(shown(gone).chip?.period, '2015053123');
  });

  it('lights where it is in its machine, how it came there and where it may go', () => {
    const row: TransitionRecord = {
      sequence: 8,
      entityKind: 'uow',
      entityId: running.id,
      version: 2,
      from: 'REQUESTED',
      to: 'IN_PROGRESS',
      event: 'claim',
      at: NOW,
      actor: 'worker pine/4711',
      reason: null,
      epoch: 1,
      attempt: 1,
    };
    const { diagram, transitions } = shown(running, { transitions: [row] });
    assert.deepEqual(
      diagram.states.filter(({ current }) => current).map(({ id }) => id),
      ['IN_PROGRESS'],
    );
    const labels = (role: string): string[] =>
      diagram.arrows.filter((arrow) => arrow.role === role).map(({ label }) => label);
    assert.deepEqual(labels('taken'), ['claim']);
    assert.deepEqual(labels('next').sort(), ['cancel', 'complete', 'empty', 'fail', 'repost']);
    assert.deepEqual(transitions[0]?.entity, { name: 'SiteHourly', period: '31 May 2015 23h', unit: '#1' });
  });

  it('leads back to the first line of a log that is shown from further on', () => {
    assert.equal(shown(running).fromStart, undefined);
    assert.equal(shown(running, { after: 500 }).fromStart, '/units/x');
  });

  it('numbers lines by attempt and line, not by their place in the store', async () => {
    const line = (attempt: number, number: number) => ({
      ...{ parentId: 'x', at: NOW, stream: 'stdout' as const, line: 'read' },
      ...{ attempt, sequence: logSequence(attempt, number) },
    });
    const api = { ...makeFakeApi(), log: () => Promise.resolve([line(1, 14), line(2, 3)]) };
    const { lines } = await readLog(api, 'x', 0);
    assert.deepEqual(
      lines.map(({ number }) => number),
      ['14', '2:3'],
    );
  });
});
