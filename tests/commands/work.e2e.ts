import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import type { InvariantReport } from '../../boot/check/invariants.ts';
import { planEffect } from '../../domain/cascade/plan.ts';
import type { Plan } from '../../domain/cascade/plan.ts';
import type { CommandRecord, FreerunEntryRecord } from '../../domain/model/record.ts';
import type { Explanation, JobView } from '../../scheduler/api/api.ts';
import { synergy, synergyOk } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, freerunProcess, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [
    managedProcess({ name: 'Hour', qualifier: 'hourly', command: ['sh', '-c', 'echo "hour $SYNERGY_TIMEPERIOD"'] }),
    managedProcess({ name: 'Day', qualifier: 'daily', blocking: 'children', identity: true }),
    freerunProcess({ name: 'Clean', identity: true, entries: [{ name: 'nightly', trigger: 'at 03:00' }] }),
  ],
  trees: [tree({ name: 'tree', processes: ['Hour', 'Day'] })],
});`;

/** A day is over, and its first eight hours are there: as of 08:30 everything that can run has run. */
const clock = ['--start-timeperiod', '2015060100', '--as-of', '2015-06-01T08:30:00Z', '--mx-port', '0'];

let folder: string;
let run: Run | undefined;

const json = async <T>(...argv: string[]): Promise<T> =>
  JSON.parse(await synergyOk(folder, ...argv, '--json')) as T;

const finish = (): Promise<string> => synergyOk(folder, 'start', ...clock, '--until-done');

const goOn = async (): Promise<Run> => {
  run = synergy(folder, 'start', ...clock);
  await run.line(/^dashboard: /);
  return run;
};

const commandsDone = (): CommandRecord[] => {
  const database = new DatabaseSync(join(folder, 'synergy-data', 'synergy.db'), { timeout: 10_000 });
  const rows = database.prepare('SELECT id, kind, actor, reason, state FROM command').all();
  database.close();
  return rows as CommandRecord[];
};

const steps = (plan: Plan): string[] =>
  plan.steps.map((step) => `${step.processName}/${step.timeperiod}`).sort();

/** Asks again until the answer is as wished for. */
const until = async <T>(ask: () => Promise<T>, wished: (answer: T) => boolean): Promise<T> => {
  for (;;) {
    const answer = await ask();
    if (wished(answer)) return answer;
  }
};

describe('work on the command line', function () {
  this.timeout(60_000);

  beforeEach(() => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
  });
  afterEach(async () => {
    run?.child.kill('SIGINT');
    await run?.ended;
    run = undefined;
  });

  it('finishes what is over, then exits 0', async () => {
    const { code, stdout } = await synergy(folder, 'start', ...clock, '--until-done').ended;
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^8\/8 periods finished$/m);
    assert.match(stdout, /^done: every period is finished/m);
  });

  it('exits 1 with the blockers when something can never finish', async () => {
    writeFileSync(
      join(folder, 'process_context.ts'),
      context.replace("name: 'Hour',", "name: 'Hour', on: false,"),
    );
    const { code, stdout, stderr } = await synergy(folder, 'start', ...clock, '--until-done').ended;
    assert.deepEqual([code, stderr], [1, '']);
    assert.match(
      stdout,
      /^not done, held up by:\n {2}Hour 2015060100 waits for its process Hour, which is off: switch it on/m,
    );
  });

  it('explains what waits', async () => {
    await finish();
    const day = await json<Explanation>('job', 'explain', 'Day', '2015060100', ...clock.slice(0, 4));
    assert.equal(day.state, 'EMBRYO');
    const kinds = new Set(day.blockers.map((blocker) => blocker.kind));
    assert.ok(kinds.has('period-open') || kinds.has('child'), JSON.stringify(day));
    const hour = await synergyOk(folder, 'job', 'explain', 'Hour', '2015060107');
    assert.match(hour, /^Hour 2015060107 is PROCESSED: It is finished/);
  });

  it('shows a job with its units and its history, and its output', async () => {
    await finish();
    const view = await json<JobView>('job', 'show', 'Hour', '2015060103');
    assert.equal(view.node.state, 'PROCESSED');
    assert.deepEqual(
      view.transitions.map((row) => row.event),
      ['complete', 'start'],
    );
    const [uow] = view.uows;
    assert.equal(uow?.id, 'Hour/2015060103#1');
    assert.match(await synergyOk(folder, 'job', 'show', 'Hour', '2015060103'), /Hour\/2015060103#1/);
    assert.match(await synergyOk(folder, 'logs', uow.id), / Hour\/2015060103#1 hour 2015060103$/m);
    assert.match(await synergyOk(folder, 'logs', 'Hour'), /hour 2015060107$/m);
    const none = await synergy(folder, 'logs', 'Hours').ended;
    assert.deepEqual(
      [none.code, none.stderr],
      [1, "synergy: nothing is named 'Hours'; did you mean 'Hour'?\n"],
    );
  });

  it('reprocesses in place while nothing runs, and leaves an audit record', async () => {
    await finish();
    const dry = await json<Plan>('job', 'reprocess', 'Hour', '2015060103', '--dry-run');
    assert.deepEqual(steps(dry), ['Hour/2015060103']);
    assert.equal(
      (await json<JobView>('job', 'show', 'Hour', '2015060103')).node.state,
      'PROCESSED',
      'a dry run changes nothing',
    );
    const done = await json<Plan>('job', 'reprocess', 'Hour', '2015060103', '--yes', '--reason', 'late rows');
    assert.deepEqual(steps(done), steps(dry));
    const view = await json<JobView>('job', 'show', 'Hour', '2015060103');
    assert.deepEqual([view.node.state, view.transitions[0]?.reason], ['IN_PROGRESS', 'late rows']);
    assert.deepEqual(
      commandsDone().map(({ kind, reason, state }) => ({ kind, reason, state })),
      [{ kind: 'reprocess', reason: 'late rows', state: 'done' }],
    );
    await finish();
    assert.equal((await json<JobView>('job', 'show', 'Hour', '2015060103')).uows.length, 2);
  });

  it('leaves commands with the scheduler while one runs', async () => {
    await finish();
    await goOn();
    await synergyOk(folder, 'job', 'reprocess', 'Hour', '2015060103', '--yes');
    const again = await until(
      () => json<JobView>('job', 'show', 'Hour', '2015060103'),
      (view) => view.node.state === 'PROCESSED' && view.uows.length === 2,
    );
    assert.equal(again.uows[0]?.state, 'PROCESSED');
    await synergyOk(folder, 'freerun', 'fire', 'Clean', 'nightly');
    const refused = await synergy(folder, 'freerun', 'fire', 'Clean', 'nightli').ended;
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^synergy: .*Clean nightli/);
    assert.deepEqual(
      commandsDone()
        .map(({ kind, state }) => `${kind} ${state}`)
        .sort(),
      ['fire-freerun done', 'fire-freerun refused', 'reprocess done'],
    );
  });

  it('skips a day with all its hours, and says before that what depends on it is skipped, too', async () => {
    await finish();
    const help = (await synergyOk(folder, 'job', 'skip', '--help')).replace(/\s+/g, ' ');
    assert.ok(help.includes(planEffect('skip')), help);
    const plan = await json<Plan>('job', 'skip', 'Day', '2015060100', '--yes', ...clock.slice(0, 4));
    assert.equal(
      plan.steps.some((step) => step.processName === 'Day' && step.to === 'SKIPPED'),
      true,
    );
    assert.equal(
      (await json<JobView>('job', 'show', 'Day', '2015060100', ...clock.slice(0, 4))).node.state,
      'SKIPPED',
    );
  });

  it('adds, lists, fires and removes freerun entries', async () => {
    await synergyOk(
      folder,
      'freerun',
      'add',
      'Clean',
      'weekly',
      'at 6-04:00',
      '--arguments',
      '{"days":7}',
      '--overlap',
      'allow',
    );
    const entries = await json<FreerunEntryRecord[]>('freerun', 'list');
    const added = entries.find((entry) => entry.entryName === 'weekly');
    assert.deepEqual(
      [added?.trigger, added?.arguments, added?.overlap, added?.origin],
      ['at 6-04:00', { days: 7 }, 'allow', 'user'],
    );
    assert.match(
      await synergyOk(folder, 'freerun', 'fire', 'Clean', 'weekly'),
      /^fired Clean weekly: Clean:weekly\/by-hand#\S+$/m,
    );
    await synergyOk(folder, 'freerun', 'remove', 'Clean', 'weekly');
    const left = await json<FreerunEntryRecord[]>('freerun', 'list');
    assert.deepEqual(
      left.map((entry) => entry.entryName),
      ['nightly'],
    );
    for (const [argv, line] of [
      [['add', 'Clean', 'bad', 'every 0'], /every 0/],
      [['add', 'Clean', 'bad', 'every 5m', '--arguments', '7'], /arguments '7': expected a JSON object/],
      [['remove', 'Clean', 'nightly'], /nightly comes from the context/],
    ] as const) {
      const { code, stderr } = await synergy(folder, 'freerun', ...argv).ended;
      assert.equal(code, 1);
      assert.match(stderr, line);
    }
  });

  it('lists what is registered', async () => {
    const text = await synergyOk(folder, 'list');
    assert.match(text, /Hour .* tree .* hourly .* discrete/);
    assert.match(text, /tree .* Day > Hour/);
    assert.match(text, /Clean .* nightly .* at 03:00/);
  });

  it('makes nothing where it is only asked', async () => {
    const unknown = await synergy(folder, 'query', 'nope').ended;
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /^synergy: nothing named 'nope' runs here; there are: none\n$/);
    assert.equal(await synergyOk(folder, 'query'), 'nothing runs');
    const { code, stderr } = await synergy(folder, 'db', 'check').ended;
    assert.equal(code, 1);
    assert.match(stderr, /^synergy: there is no store in '.*synergy-data' to check$/m);
    assert.equal(existsSync(join(folder, 'synergy-data')), false);
  });

  it('finds a sound store, and what was changed in it by hand', async () => {
    await finish();
    assert.match(
      await synergyOk(folder, 'db', 'check'),
      /^\d+ transitions, 8 jobs, 8 units of work checked \(stopped.*\)\n(not judged: .*\n)+sound$/,
    );
    const database = new DatabaseSync(join(folder, 'synergy-data', 'synergy.db'), { timeout: 10_000 });
    database.exec(`UPDATE job SET version = version + 1 WHERE timeperiod = '2015060103'`);
    database.close();
    const { code, stdout } = await synergy(folder, 'db', 'check', '--json').ended;
    assert.equal(code, 1);
    const report = JSON.parse(stdout) as InvariantReport & { damage: string[] };
    assert.deepEqual(
      report.violations.map(({ invariant, entity }) => [invariant, entity]),
      [[3, 'Hour/2015060103']],
    );
    assert.deepEqual(report.damage, []);
  });

  it('shows what a changed context changes, and resets', async () => {
    await synergyOk(folder, 'db', 'init');
    await finish(); // records the context that it ran with, which must not be taken for the one to register
    writeFileSync(
      join(folder, 'process_context.ts'),
      context.replace('at 03:00', 'at 05:00').replace("name: 'nightly'", "name: 'daily'"),
    );
    const changed = await synergyOk(folder, 'db', 'update');
    assert.match(changed, /^\+ Clean daily: at 05:00$/m);
    assert.match(changed, /^- Clean nightly: at 03:00$/m);
    await synergyOk(folder, 'db', 'reset', '--yes');
    assert.equal(existsSync(join(folder, 'synergy-data', 'synergy.db')), false);
    assert.match(await synergyOk(folder, 'db', 'reset', '--yes'), /^nothing to reset/);
  });

  it('examines its surroundings', async () => {
    const well = await synergyOk(folder, 'doctor', '--mx-port', '0');
    for (const check of [
      'settings',
      'node',
      'clock',
      'data folder',
      'store',
      'queue',
      'store, what it can',
      'queue, what it can',
      'boxes',
      'port',
      'access log',
      'context',
    ]) {
      assert.match(well, new RegExp(`^ok {3}${check}: `, 'm'));
    }
    writeFileSync(join(folder, 'process_context.ts'), 'export default 7;');
    const { code, stdout } = await synergy(folder, 'doctor', '--mx-port', '0', '--access-log', 'nowhere')
      .ended;
    assert.equal(code, 1);
    assert.match(stdout, /^FAIL access log: .*nowhere' cannot be read/m);
    assert.match(stdout, /^FAIL context: .* exports no context/m);
  });

  it('follows output as it comes', async () => {
    await finish();
    const following = synergy(folder, 'logs', 'Hour', '-f');
    await following.line(/hour 2015060107$/);
    await goOn();
    await synergyOk(folder, 'job', 'reprocess', 'Hour', '2015060107', '--yes');
    await following.line(/Hour\/2015060107#2 hour 2015060107$/);
    following.child.kill('SIGINT');
    assert.equal((await following.ended).code, 0);
  });
});
