import assert from 'node:assert/strict';
import { present } from '../../../mx/pages/overview.ts';
import type { OverviewModel } from '../../../mx/pages/overview.ts';
import { fakeUow, makeFakeApi } from '../support/fake-api.ts';
import type { Overview } from '../../../scheduler/api/api.ts';

const api = makeFakeApi();
const shown = async (more: Partial<Overview> = {}): Promise<OverviewModel> =>
  present({ ...(await api.overview()), ...more }, api.trees(), await api.managed());

describe('the overview', () => {
  it('tells how large the store is and how it grows, once that is known', async () => {
    const storeOf = ({ facts }: OverviewModel) => facts.find(({ label }) => label === 'Store');
    const size = { bytes: 999_400, freeBytes: 0, growthPerDay: null };
    assert.deepEqual(storeOf(await shown()), {
      label: 'Store',
      value: '412 MB',
      unit: 'grows by 3.1 MB a day',
    });
    const young = { label: 'Store', value: '999 kB', unit: 'its growth is known after a day' };
    assert.deepEqual(storeOf(await shown({ size })), young);
  });

  it('puts causes first: what a person must mend, then what holds most', async () => {
    const { holds } = await shown();
    const [first, second, third] = holds;
    assert.deepEqual([first?.cause.chip.period, first?.cause.urgent], ['29 May 2015 03h', true]);
    assert.deepEqual(
      first?.jobs.map(({ name }) => name),
      ['SiteDaily', 'SiteMonthly', 'ClientDaily', 'ClientMonthly', 'AlertDaily'],
    );
    assert.equal(second?.cause.chip.period, '31 May 2015 17h');
    assert.equal(third?.cause.words, 'process is switched off');
    assert.ok(!holds.some(({ cause }) => cause.words === 'is running'));
  });

  it('says how many causes there are when it shows fewer, counting every job that fails', async () => {
    const { holds, holdsTotal } = await shown();
    assert.deepEqual([holds.length, holdsTotal], [4, undefined]);
    const { jobs } = await api.overview();
    const many = await shown({ jobs: { ...jobs, RETRYING: 40, QUARANTINED: 11 } });
    assert.deepEqual([many.holds.length, many.holdsTotal], [4, '53']);
  });

  it('counts a process that is off as one cause, however many of its periods wait', async () => {
    const overview = await api.overview();
    const off = overview.blocked.flatMap(({ roots }) => roots.filter(({ kind }) => kind === 'process-off'));
    assert.ok(off[0]);
    const [first, ...others] = overview.blocked;
    assert.ok(first);
    const roots = ['2015052900', '2015053000'].map((timeperiod) => ({ ...off[0]!, timeperiod }));
    const { holds } = await shown({ blocked: [{ ...first, roots }, ...others] });
    assert.equal(holds.filter(({ cause }) => cause.words === 'process is switched off').length, 1);
  });

  it('draws and counts what fails first, and tells its units apart', async () => {
    const { jobs } = await api.overview();
    const uows = { REQUESTED: 1, IN_PROGRESS: 2, PROCESSED: 3, NOOP: 4, CANCELED: 5, INVALID: 190 };
    const model = await shown({ jobs: { ...jobs, RETRYING: 178, QUARANTINED: 12 }, uows, quarantined: 12 });
    const top = (counts: OverviewModel['jobs']): unknown =>
      counts.slice(0, 2).map(({ label, glyph, count }) => [label, glyph, count]);
    const failing = [
      ['Quarantined', 'quarantined', '12'],
      ['Retrying', 'invalid', '178'],
    ];
    assert.deepEqual([top(model.jobs), top(model.units)], [failing, failing]);
    assert.deepEqual(
      model.bar.parts.slice(0, 2).map(({ glyph }) => glyph),
      ['quarantined', 'invalid'],
    );
    assert.equal(model.bar.failing?.text, '190 failing');
    assert.equal(
      model.jobs.reduce((sum, { count }) => sum + Number(count.replaceAll(',', '')), 0),
      Number(model.bar.total.replaceAll(',', '')),
    );
  });

  it('begins what failed with its error, and says when not all is shown', async () => {
    const { attention, attentionTotal, attentionHidden } = await shown({ attentionTotal: 25 });
    assert.match(attention[0]?.error ?? '', /^Error: cannot read 'status'/);
    assert.deepEqual([attention[0]?.chip.name, attention[0]?.retry?.text], ['SiteHourly', 'in 4m']);
    assert.deepEqual([attentionTotal, attentionHidden], ['25', 23]);
  });

  it('tells quarantine from retry, and names freerun entries', async () => {
    const poisoned = {
      ...fakeUow({ process: { name: 'A' }, timeperiod: '2015051700' }, 'INVALID'),
      retryAt: null,
    };
    const freerun = {
      ...poisoned,
      kind: 'freerun' as const,
      entryName: 'late',
      timeperiod: '20150601001500',
      id: 'A:late/20150601001500#1',
    };
    const { attention } = await shown({ attention: [poisoned, freerun], attentionTotal: 2 });
    assert.deepEqual(
      attention.map(({ look }) => look.label),
      ['Quarantined', 'Quarantined'],
    );
    assert.deepEqual(
      [attention[1]?.chip.name, attention[1]?.chip.period, attention[1]?.chip.href],
      ['A:late', '2015-06-01 00:15:00', '/units/A%3Alate%2F20150601001500%231'],
    );
  });

  it('counts the quarantine, and says nothing where there is none', async () => {
    assert.equal((await shown({ quarantined: 1_200 })).quarantined, '1,200');
    assert.equal((await shown({ quarantined: 0 })).quarantined, undefined);
  });

  it('says what stays down, since when, and what starts it', async () => {
    const now = 600_000;
    const still = { since: 300_000, text: 'it was switched off', command: 'synergy super start worker' };
    const { standstills, attentionTotal } = await shown({
      ...{ now, attentionTotal: 2 },
      standstills: [
        { ...still, processes: ['SiteHourly', 'SiteDaily'] },
        { ...still, since: undefined, processes: [] },
      ],
    });
    assert.equal(attentionTotal, '4');
    assert.deepEqual(
      standstills.map(({ processes, text, since, command }) => [processes, text, since?.text, command]),
      [
        ['SiteHourly, SiteDaily', still.text, '5m ago', still.command],
        ['', still.text, undefined, still.command],
      ],
    );
  });

  it('says which housekeeping task failed or found something, when, and what to do', async () => {
    const run = {
      task: 'expiry',
      at: 60_000,
      ms: 5,
      counts: {},
      failure: null,
      findings: [],
      advice: 'do it',
    };
    const { housekeeping, attentionTotal } = await shown({
      ...{ now: 120_000, attentionTotal: 2 },
      housekeeping: [
        run,
        { ...run, task: 'check', findings: ['one', 'two'] },
        { ...run, task: 'backup', failure: 'disk full', findings: ['old'] },
      ],
    });
    assert.equal(attentionTotal, '4');
    assert.deepEqual(
      housekeeping.map(({ task, lines, at, advice }) => [task, lines, at.text, advice]),
      [
        ['check', ['one', 'two'], '1m ago', 'do it'],
        ['backup', ['failed: disk full', 'old'], '1m ago', 'do it'],
      ],
    );
  });

  it('tells what the last round of the collector did', async () => {
    const tally = { rung: 0, reposted: 0, quarantined: 0, canceled: 0, repaired: 0, reopened: 0 };
    const told = async (collector: Overview['collector']): Promise<string> =>
      (await shown({ now: 60_000, collector })).collector;
    assert.equal(await told(null), 'no round of the collector yet');
    const round = { at: 56_000, ms: 12, ...tally };
    assert.equal(await told(round), 'last round of the collector 4s ago, 12 ms: nothing to mend');
    assert.equal(
      await told({ ...round, rung: 1_200, canceled: 2 }),
      'last round of the collector 4s ago, 12 ms: 1,200 rung again, 2 given up',
    );
  });

  it('tells of boxes only what is known', async () => {
    const { boxes } = await shown();
    assert.deepEqual(
      boxes.map(({ detail, memory }) => [detail, memory]),
      [
        ['pid 4702 · up 55m', '98 MB'],
        ['pid 4711 · up 31m · 1 restart · last exit: SIGKILL', '121 MB'],
        ['3 restarts · last exit: exit 1', ''],
      ],
    );
  });
});
