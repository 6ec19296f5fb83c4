import assert from 'node:assert/strict';
import { standings } from '../../domain/timetable/standing.ts';
import { quarantine } from '../support/quarantine.ts';
import { finishAll, serve } from './support/served.ts';
import type { Served } from './support/served.ts';

/** Series with their values, as `name{label="value"}`. */
type Series = ReadonlyMap<string, number>;

const read = (text: string): Series =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, number] => {
        const end = line.lastIndexOf(' ');
        return [line.slice(0, end), Number(line.slice(end + 1))];
      }),
  );

/** Before which libraries are loaded and code is compiled. */
const WARM_UP = 20;
const SCRAPES = 100;

describe('metrics', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serve();
  });
  afterEach(() => served.close());

  const scrape = async (): Promise<Series> => {
    const { status, body, headers } = await served.ask('/metrics');
    assert.equal(status, 200);
    assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
    return read(body);
  };

  it('tell the jobs of each process as the dashboard counts them', async () => {
    const { rig, api } = served;
    await rig.tick('SiteHourly');
    await rig.finish('SiteHourly', '2015053122', 'fail');
    const series = await scrape();
    for (const { process, counts } of await api.managed())
      for (const standing of standings)
        assert.equal(
          series.get(`synergy_jobs{process="${process.name}",standing="${standing}"}`),
          counts[standing],
        );
    assert.equal(series.get('synergy_jobs{process="SiteHourly",standing="RETRYING"}'), 1);
    assert.equal(series.get('synergy_units{state="INVALID"}'), 1);
  });

  it('tell how late a process is, once its oldest unfinished period is over', async () => {
    const late = async (): Promise<number | undefined> =>
      (await scrape()).get('synergy_process_lateness_seconds{process="SiteHourly"}');
    const { rig } = served;
    const end = Date.UTC(2015, 4, 31, 23);
    rig.clock.set(end - 60_000);
    assert.equal(await late(), 0);
    rig.clock.set(end + 90_000);
    assert.equal(await late(), 90);
  });

  it('tell what waits for a user', async () => {
    const { rig, api } = served;
    const entry = { processName: 'SessionCollector', entryName: 'open' };
    await api.execute({ kind: 'fire-freerun', ...entry });
    const { relatedUow } = await rig.services.freerun.get(entry.processName, entry.entryName);
    await quarantine(rig, relatedUow ?? '');
    assert.equal((await scrape()).get('synergy_units_quarantined'), 1);
  });

  it('have the series of the context and of the process, and no more with more jobs and requests', async () => {
    const names = async (): Promise<string[]> =>
      [...(await scrape()).keys()].filter((name) => name.startsWith('synergy_')).sort();
    await names();
    await served.ask('/nowhere');
    const before = await names();
    await finishAll(served.rig);
    for (let i = 0; i < 20; i++) await served.ask(`/nowhere/${i}?page=${i}`);
    assert.deepEqual(await names(), before);
    assert.ok((await scrape()).has('nodejs_eventloop_lag_seconds'));
  });

  it('tell what was counted, as histograms and counters', async () => {
    const { rig } = served;
    await rig.tick('SiteHourly');
    await rig.claim(await rig.uow('SiteHourly', '2015053122'));
    rig.clock.advance(7_000);
    await rig.finish('SiteHourly', '2015053122', 'complete');
    const series = await scrape();
    const run = (rest: string): number | undefined =>
      series.get(`synergy_run_duration_seconds${rest.replace('}', 'process="SiteHourly"}')}`);
    assert.deepEqual(
      [run('_bucket{le="5",}'), run('_bucket{le="10",}'), run('_bucket{le="+Inf",}')],
      [0, 1, 1],
    );
    assert.deepEqual([run('_sum{}'), run('_count{}')], [7, 1]);
    assert.equal(series.get('synergy_attempts_ended_total{process="SiteHourly",state="PROCESSED"}'), 1);
  });

  it('tell requests by their route and never by their path', async () => {
    await served.ask('/api/v1/jobs/SiteHourly/2015053122');
    await served.ask('/nowhere/else');
    await served.ask('/actions/reprocess', { method: 'POST', headers: { origin: 'http://elsewhere' } });
    const routes = [...(await scrape())].flatMap(([name, value]) =>
      name.startsWith('synergy_http_request_duration_seconds_count')
        ? [`${name.split('count')[1]} ${value}`]
        : [],
    );
    assert.deepEqual(routes, [
      '{route="/api/v1/jobs/:process/:timeperiod",status="2xx"} 1',
      '{route="none",status="4xx"} 2',
    ]);
  });

  // What it costs a scheduler is measured by benchmarks/measures/scrape.ts; this has the client in it, and a busy machine.
  it('cost little processor time', async () => {
    await finishAll(served.rig);
    for (let times = 0; times < WARM_UP; times++) await scrape();
    const begun = process.cpuUsage();
    for (let times = 0; times < SCRAPES; times++) await scrape();
    const { user, system } = process.cpuUsage(begun);
    const each = (user + system) / 1_000 / SCRAPES;
    assert.ok(each < 30, `a scrape took ${each.toFixed(1)} ms of processor time`);
  });

  it('are answered to several at a time', async () => {
    await scrape();
    const all = await Promise.all(Array.from({ length: 8 }, scrape));
    const own = all.map((series) => [...series.keys()].filter((name) => name.startsWith('synergy_')).length);
    assert.deepEqual(new Set(own).size, 1);
    assert.ok((own[0] ?? 0) > standings.length);
  });
});
