import assert from 'node:assert/strict';
import alertDaily from '../../demo/alert-daily.ts';
import clientDaily from '../../demo/client-daily.ts';
import clientRollup from '../../demo/client-rollup.ts';
import { FOREVER } from '../../demo/access.ts';
import { importLog } from '../../demo/log-import.ts';
import housekeeping from '../../demo/housekeeping.ts';
import { demoPageData } from '../../demo/page-data.ts';
import { demoReport } from '../../demo/report.ts';
import type { DemoReport } from '../../demo/report.ts';
import siteHourly from '../../demo/site-hourly.ts';
import siteRollup from '../../demo/site-rollup.ts';
import type { DataStore } from '../../db/store.ts';
import type { Json } from '../../domain/model/process.ts';
import type { Qualifier } from '../../domain/time/qualifier.ts';
import { increment } from '../../domain/time/timeperiod.ts';
import type { HandlerResult } from '../../worker/handler.ts';
import { clock, demoStore, runHandler } from './demo-store.ts';
import type { DemoStore } from './demo-store.ts';
import { countLines, describeSharedLog, sharedLog } from './shared-log.ts';
import type { Count } from './shared-log.ts';

let place: DemoStore;
let data: DataStore;
const limits = { errorShare: 0.1, errorRequests: 20, trafficFactor: 2 };

const site = (level: Qualifier, timeperiod: string, from: readonly Qualifier[]) =>
  runHandler(siteRollup, data, {
    timeperiod,
    endTimeperiod: increment(level, timeperiod, 1),
    arguments: { from, to: level },
  });

const hour = async (timeperiod: string, log?: (line: string) => void): Promise<HandlerResult | undefined> => {
  const endTimeperiod = increment('hourly', timeperiod, 1);
  const { lowest, highest } = await data.extent('access', { start: timeperiod, end: endTimeperiod });
  const uow = { timeperiod, endTimeperiod, startId: lowest ?? null, endId: highest ?? null };
  return runHandler(siteHourly, data, uow, log);
};

const day = (timeperiod: string) => site('daily', timeperiod, ['hourly']);
const month = () => site('monthly', '2015050000', ['daily']);
const year = () => site('yearly', '2015000000', ['monthly', 'daily', 'hourly']);
const clientDay = (timeperiod: string) =>
  runHandler(clientDaily, data, { timeperiod, endTimeperiod: increment('daily', timeperiod, 1) });
const clientMonth = () =>
  runHandler(clientRollup, data, {
    timeperiod: '2015050000',
    endTimeperiod: '2015060000',
    arguments: { from: 'daily', to: 'monthly' },
  });
const alerts = (timeperiod: string, log?: (line: string) => void) =>
  runHandler(
    alertDaily,
    data,
    { timeperiod, endTimeperiod: increment('daily', timeperiod, 1), arguments: limits },
    log,
  );

const value = async (collection: string, timeperiod: string, key: string): Promise<Json | undefined> => {
  const documents = await data.documents(collection, { start: timeperiod, end: `${timeperiod}0` });
  return documents.find((document) => document.key === key)?.value;
};

const append = (
  firstId: number,
  timeperiod: string,
  visits: readonly (readonly [string, number, number])[],
) =>
  data.appendRows(
    'access',
    visits.map(([host, status, size], index) => ({
      id: firstId + index,
      timeperiod,
      value: { host, status, size, path: '/' },
    })),
  );

beforeEach(async () => {
  place = await demoStore();
  data = place.store.data;
});
afterEach(() => place.remove());

describe('the handlers of the demo suite', () => {
  beforeEach(async () => {
    await append(1, '2015051710', [
      ['a', 200, 10],
      ['b', 404, 0],
      ['a', 500, 7],
    ]);
    await append(4, '2015051711', [['a', 200, 1]]);
    await append(5, '2015051800', [
      ['c', 200, 100],
      ['a', 301, 0],
    ]);
  });

  it('sum up an hour', async () => {
    const lines: string[] = [];
    const summed = await hour('2015051710', (line) => lines.push(line));
    assert.deepEqual(summed, { processed: 3, aggregated: 3 });
    assert.deepEqual(lines, ['3 requests by 2 visitors']);
    assert.deepEqual(await value('site_hourly', '2015051710', 'total'), {
      requests: 3,
      bytes: 17,
      visitors: 2,
      statuses: { '2xx': 1, '4xx': 1, '5xx': 1 },
    });
    assert.deepEqual(await value('site_hourly_hosts', '2015051710', 'a'), { requests: 2, bytes: 17 });
  });

  it('keep to the ids of the unit of work, and replace what an earlier run left', async () => {
    const uow = { timeperiod: '2015051710', endTimeperiod: '2015051711', startId: 1 };
    await runHandler(siteHourly, data, { ...uow, endId: 3 });
    assert.deepEqual(await runHandler(siteHourly, data, { ...uow, endId: 1 }), {
      processed: 1,
      aggregated: 2,
    });
    assert.equal(await value('site_hourly_hosts', '2015051710', 'b'), undefined);
  });

  it('count a visitor of several hours once, and say so again when they run again', async () => {
    for (const timeperiod of ['2015051710', '2015051711', '2015051800']) await hour(timeperiod);
    for (const run of [1, 2]) {
      for (const timeperiod of ['2015051700', '2015051800']) await day(timeperiod);
      await month();
      const { daily, monthly } = await demoReport(data);
      const rows: DemoReport['hourly'][number][] = [
        { timeperiod: '2015051700', requests: 4, bytes: 18, visitors: 2 },
        { timeperiod: '2015051800', requests: 2, bytes: 100, visitors: 2 },
      ];
      assert.deepEqual(daily, rows, `run ${run}`);
      assert.deepEqual(monthly, [{ timeperiod: '2015050000', requests: 6, bytes: 118, visitors: 3 }]);
    }
  });

  it('tell of a running year what months, then days, then hours know', async () => {
    await append(10, '2015040100', [['z', 200, 1]]);
    for (const timeperiod of ['2015040100', '2015051710', '2015051711', '2015051800']) await hour(timeperiod);
    for (const timeperiod of ['2015040100', '2015051700']) await day(timeperiod);
    await site('monthly', '2015040000', ['daily']);
    await year();
    const running = await value('site_yearly', '2015000000', 'total');
    assert.deepEqual(running, {
      requests: 7,
      bytes: 119,
      visitors: 4,
      statuses: { '2xx': 4, '3xx': 1, '4xx': 1, '5xx': 1 },
    });
    await day('2015051800');
    await month();
    await year();
    assert.deepEqual(await value('site_yearly', '2015000000', 'total'), running);
  });

  it('find nothing in periods without requests, and leave nothing there', async () => {
    await hour('2015051710');
    await day('2015051700');
    await clientDay('2015051700');
    await data.replaceDocuments('site_hourly', '2015051710', []);
    await data.replaceDocuments('site_hourly_hosts', '2015051710', []);
    assert.deepEqual(await hour('2015051712'), { outcome: 'noop' });
    assert.deepEqual(await day('2015051700'), { outcome: 'noop' });
    assert.deepEqual(await month(), { outcome: 'noop' });
    assert.deepEqual(await clientDay('2015051700'), { outcome: 'noop' });
    assert.deepEqual(await clientMonth(), { outcome: 'noop' });
    assert.deepEqual(await alerts('2015051700'), { outcome: 'noop' });
    const nothing = { hourly: [], daily: [], monthly: [], lines: 0, malformed: 0 };
    assert.deepEqual(await demoReport(data), nothing);
    assert.equal(await value('client_daily', '2015051700', 'summary'), undefined);
  });

  it('know the clients of a day and of a month', async () => {
    for (const timeperiod of ['2015051710', '2015051711', '2015051800']) await hour(timeperiod);
    assert.deepEqual(await clientDay('2015051700'), { processed: 3, aggregated: 3 });
    assert.deepEqual(await value('client_daily', '2015051700', 'summary'), {
      clients: 2,
      returning: 0,
      byRequests: { once: 1, few: 1, many: 0, mass: 0 },
      top: [
        { host: 'a', requests: 3, bytes: 18, hours: 2, days: 1 },
        { host: 'b', requests: 1, bytes: 0, hours: 1, days: 1 },
      ],
    });
    await clientDay('2015051800');
    await clientMonth();
    assert.deepEqual(await value('client_monthly', '2015050000', 'summary'), {
      clients: 3,
      returning: 1,
      byRequests: { once: 2, few: 1, many: 0, mass: 0 },
      top: [
        { host: 'a', requests: 4, bytes: 18, hours: 3, days: 2 },
        { host: 'b', requests: 1, bytes: 0, hours: 1, days: 1 },
        { host: 'c', requests: 1, bytes: 100, hours: 1, days: 1 },
      ],
    });
  });

  it('flag unusual hours of a day, in the log too', async () => {
    const failing = Array.from({ length: 30 }, () => ['f', 500, 0] as const);
    await append(100, '2015051712', failing);
    for (const timeperiod of ['2015051710', '2015051711', '2015051712']) await hour(timeperiod);
    const lines: string[] = [];
    assert.deepEqual(await alerts('2015051700', (line) => lines.push(line)), {
      processed: 3,
      aggregated: 2,
    });
    assert.deepEqual(lines, [
      'errors in 2015051712: 1 is beyond 0.1',
      'traffic in 2015051712: 30 is beyond 6',
    ]);
    assert.deepEqual(await value('alert_daily', '2015051700', '2015051712 errors'), {
      timeperiod: '2015051712',
      kind: 'errors',
      value: 1,
      limit: 0.1,
    });
  });

  it('read an hour of more rows than fit a page', async () => {
    await append(
      1000,
      '2015051713',
      Array.from({ length: 12_345 }, (_, index) => [`h${index % 7}`, 200, 2]),
    );
    assert.deepEqual(await hour('2015051713'), { processed: 12_345, aggregated: 8 });
  });

  it('say how far the source has come', async () => {
    const lines: string[] = [];
    const look = () =>
      runHandler(housekeeping, data, { timeperiod: '20150517100000', endTimeperiod: '' }, (line) =>
        lines.push(line),
      );
    assert.deepEqual(await look(), { processed: 1 });
    await data.setWatermark('access', Date.UTC(2015, 4, 18));
    await look();
    assert.deepEqual(lines, [
      'access holds the rows 1 to 6',
      'access holds the rows 1 to 6',
      'access is complete up to 2015-05-18T00:00:00.000Z',
    ]);
    await data.setWatermark('access', FOREVER);
    await look();
    assert.equal(lines.at(-1), 'access is complete');
  });

  it('feed the page of charts', async () => {
    for (const timeperiod of ['2015051710', '2015051711', '2015051800']) await hour(timeperiod);
    for (const timeperiod of ['2015051700', '2015051800']) await day(timeperiod);
    const { monthly, ...report } = await demoReport(data);
    assert.deepEqual(monthly, []);
    assert.deepEqual(await demoPageData(data), { ...report, monthly, clients: [] });
    for (const timeperiod of ['2015051700', '2015051800']) await clientDay(timeperiod);
    const ofDay = [
      { client: 'a', requests: 1, bytes: 0 },
      { client: 'c', requests: 1, bytes: 100 },
    ];
    assert.deepEqual((await demoPageData(data)).clients, ofDay);
    await clientMonth();
    const [first] = (await demoPageData(data)).clients;
    assert.deepEqual(first, { client: 'a', requests: 4, bytes: 18 });
  });
});

describeSharedLog('the handlers over the shared log', (lines) => {
  const rowsOf = (counts: Record<string, Count>): DemoReport['hourly'][number][] =>
    Object.entries(counts)
      .map(([timeperiod, { requests, bytes, hosts }]) => ({
        timeperiod,
        requests,
        bytes,
        visitors: hosts.size,
      }))
      .sort((a, b) => (a.timeperiod < b.timeperiod ? -1 : 1));

  it('come to the sums that a few lines count', async () => {
    const signal = new AbortController().signal;
    await importLog({ path: sharedLog, data, signal, clock, log: () => undefined });
    for (let index = 0; index < 15 * 24; index++) await hour(increment('hourly', '2015051700', index));
    for (let index = 0; index < 15; index++) await day(increment('daily', '2015051700', index));
    await month();
    const report = await demoReport(data);
    assert.deepEqual(report.hourly, rowsOf(countLines(lines, 10)));
    assert.deepEqual(report.daily, rowsOf(countLines(lines, 8)));
    assert.deepEqual(report.monthly, rowsOf(countLines(lines, 6)));
    assert.deepEqual([report.hourly.length, report.daily.length, report.monthly.length], [84, 4, 1]);
    assert.equal(report.monthly[0]?.requests, report.lines);
  });
});
