import assert from 'node:assert/strict';
import { eventsProcess } from '../../../domain/event/process.ts';
import { daemonProcess, managedProcess } from '../../../domain/model/define.ts';
import type { BoxRecord } from '../../../domain/model/record.ts';
import { foregroundService, standstills, workerGap } from '../../../domain/model/worker-gap.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;

const site = managedProcess({ name: 'SiteHourly', qualifier: 'hourly', identity: true });
const web = managedProcess({ name: 'Web', qualifier: 'hourly', identity: true, presentOnBoxes: ['web-*'] });
const theirs = managedProcess({ name: 'Theirs', qualifier: 'hourly', external: true });
const collector = daemonProcess({ name: 'Collector', identity: true });

const events = eventsProcess(1, 1);

const box = (more: Partial<BoxRecord> = {}): BoxRecord => ({
  boxId: 'b1',
  unit: 'worker',
  desired: 'on',
  actual: 'running',
  pid: 7,
  startedAt: NOW - MINUTE,
  restarts: 0,
  lastExit: null,
  rssBytes: null,
  cpuPercent: null,
  updatedAt: NOW - 5_000,
  ...more,
});
const scheduler = box({ unit: 'scheduler' });
const since = NOW - 10 * MINUTE;
const switchedOff = box({ desired: 'off', actual: 'stopped', updatedAt: since });

describe('a process without a worker', () => {
  it('is none while a worker of its box runs, or is started again by its supervisor', () => {
    assert.equal(workerGap(site, [box()], NOW), undefined);
    assert.equal(workerGap(site, [box({ actual: 'backing-off', updatedAt: NOW - MINUTE })], NOW), undefined);
    assert.equal(workerGap(site, [switchedOff, box({ boxId: 'b2' })], NOW), undefined);
  });

  it('is none when its workers are external', () => {
    assert.equal(workerGap(theirs, [], NOW), undefined);
  });

  it('is told since when its worker is switched off, and what starts it', () => {
    assert.deepEqual(workerGap(site, [scheduler, switchedOff], NOW), {
      since,
      text: "the worker of box 'b1' was switched off",
      command: 'synergy super start worker',
    });
  });

  it('is told why the only worker that runs cannot run it', () => {
    const held = box({ unit: 'SiteHourly', actual: 'failed', lastExit: 'no such file', updatedAt: since });
    assert.deepEqual(workerGap(site, [scheduler, box(), held], NOW), {
      since,
      text: "the worker of box 'b1' cannot run it: no such file",
      command: 'synergy restart worker',
    });
    const alone = box({ unit: 'worker:SiteHourly+Web' });
    assert.equal(workerGap(site, [alone, held], NOW)?.command, 'synergy restart SiteHourly+Web');
    assert.equal(workerGap(site, [box(), held, box({ boxId: 'b2' })], NOW), undefined, 'b2 runs it');
    assert.equal(workerGap(web, [box({ boxId: 'web-1' }), held], NOW), undefined, 'another process');
    assert.equal(workerGap(site, [box(), { ...held, actual: 'running' }], NOW), undefined, 'mended');
  });

  it('is told of the worker that went last', () => {
    const earlier = box({ boxId: 'b2', desired: 'off', actual: 'stopped', updatedAt: since - 1 });
    assert.equal(workerGap(site, [earlier, scheduler, switchedOff], NOW)?.since, since);
  });

  it('has its supervisor started first where that is gone', () => {
    const stopped = { actual: 'stopped', updatedAt: since } as const;
    const gone = [box({ ...stopped, unit: 'scheduler' }), box(stopped)];
    assert.deepEqual(workerGap(site, gone, NOW), {
      since,
      text: "the worker of box 'b1' was stopped",
      command: 'synergy start',
    });
    const off = [box({ ...stopped, unit: 'scheduler' }), switchedOff];
    assert.equal(workerGap(site, off, NOW)?.command, 'synergy super start worker && synergy start');
  });

  it('is one whose box has fallen silent', () => {
    const silent = [box({ unit: 'scheduler', updatedAt: since }), box({ updatedAt: since })];
    assert.deepEqual(workerGap(site, silent, NOW), {
      since,
      text: "the worker of box 'b1' has not been heard of since",
      command: 'synergy start',
    });
  });

  it('is told why its worker stays down', () => {
    const failed = box({ actual: 'failed', lastExit: 'exit code 1', updatedAt: since });
    assert.equal(
      workerGap(site, [scheduler, failed], NOW)?.text,
      "the worker of box 'b1' failed too often and is tried once a minute (exit code 1)",
    );
    assert.equal(
      workerGap(site, [scheduler, { ...failed, lastExit: null }], NOW)?.text,
      "the worker of box 'b1' failed too often and is tried once a minute",
    );
  });

  it('is one that no box fits', () => {
    assert.deepEqual(workerGap(web, [scheduler, box()], NOW), {
      since: undefined,
      text: "no box ('b1') fits its presentOnBoxes 'web-*'",
      command: 'synergy start worker --box-id <a name that fits>',
    });
    assert.equal(workerGap(web, [], NOW)?.text, "no box fits its presentOnBoxes 'web-*'");
    assert.equal(
      workerGap({ ...web, presentOnBoxes: [] }, [], NOW)?.text,
      'no box fits its presentOnBoxes []',
    );
    assert.equal(workerGap(web, [box({ boxId: 'web-3' })], NOW), undefined);
  });

  it('is every one where no worker was ever started', () => {
    assert.deepEqual(workerGap(site, [scheduler], NOW), {
      since: undefined,
      text: 'no worker was ever started',
      command: 'synergy start worker',
    });
  });

  it('is served by a worker in the foreground, also off its boxes, as long as that runs', () => {
    const own = box({ unit: foregroundService(['Other', 'Web']) });
    assert.equal(workerGap(web, [own], NOW), undefined);
    assert.equal(workerGap(site, [own], NOW)?.text, 'no worker was ever started');
    const stopped = { ...own, actual: 'stopped', updatedAt: since } as const;
    assert.equal(workerGap(web, [stopped], NOW)?.command, 'synergy start Other Web');
    const all = box({ actual: 'stopped', updatedAt: since });
    assert.equal(workerGap(site, [all], NOW)?.command, 'synergy start worker');
  });
});

describe('event triggers without a worker', () => {
  const own = box({ unit: 'event-worker' });

  it('are told of as long as only the worker of the other processes runs', () => {
    assert.equal(workerGap(events, [scheduler, box(), own], NOW), undefined);
    assert.equal(workerGap(events, [box({ unit: foregroundService(['Events']) })], NOW), undefined);
    assert.equal(workerGap(site, [own], NOW)?.text, 'no worker was ever started');
    assert.deepEqual(workerGap(events, [scheduler, box(), { ...switchedOff, unit: 'event-worker' }], NOW), {
      since,
      text: "the event-worker of box 'b1' was switched off",
      command: 'synergy super start event-worker',
    });
  });

  it('are told of once where that fails too often', () => {
    const failed = { ...own, actual: 'failed', updatedAt: since } as const;
    const found = standstills([events, site], [scheduler, box(), failed], {
      now: NOW,
      needing: new Set(['Events']),
    });
    assert.deepEqual(
      found.map(({ text, command, processes }) => [text, command, processes]),
      [
        [
          "the event-worker of box 'b1' failed too often and is tried once a minute",
          'synergy super start event-worker',
          ['Events'],
        ],
      ],
    );
  });
});

describe('what stays down until a person starts it', () => {
  const processes = [site, web, theirs, collector];
  const needing = new Set([site.name]);

  it('is nothing while all that have work have workers', () => {
    assert.deepEqual(standstills(processes, [scheduler, box()], { now: NOW, needing }), []);
  });

  it('names each cause once, with the processes that wait and the daemons', () => {
    assert.deepEqual(standstills(processes, [scheduler, switchedOff], { now: NOW, needing }), [
      {
        since,
        text: "the worker of box 'b1' was switched off",
        command: 'synergy super start worker',
        processes: ['SiteHourly', 'Collector'],
      },
    ]);
  });

  it('names units and daemons that failed too often, the oldest first, and a worker that did so once', () => {
    const failed = { actual: 'failed', lastExit: 'no luck' } as const;
    const records = [
      scheduler,
      box(),
      box({ ...failed, unit: 'Collector', updatedAt: since }),
      box({ ...failed, unit: 'Forgotten' }),
      box({ ...failed, unit: 'scheduler', boxId: 'b2', desired: 'off' }),
      box({ ...failed, unit: 'scheduler', boxId: 'b3', updatedAt: since - 1 }),
    ];
    assert.deepEqual(standstills(processes, records, { now: NOW, needing }), [
      {
        since: since - 1,
        processes: [],
        text: "the scheduler of box 'b3' failed too often and is tried once a minute (no luck)",
        command: 'synergy super start scheduler',
      },
      {
        since,
        processes: [],
        text: "the daemon Collector on box 'b1' failed too often and stays down (no luck)",
        command: 'synergy restart worker',
      },
    ]);
    const worker = [scheduler, box({ ...failed, updatedAt: since })];
    assert.deepEqual(
      standstills(processes, worker, { now: NOW, needing }).map((still) => still.processes),
      [['SiteHourly', 'Collector']],
    );
  });

  it('begins with what never ran', () => {
    const found = standstills(processes, [scheduler, switchedOff], {
      now: NOW,
      needing: new Set(['SiteHourly', 'Web']),
    });
    assert.deepEqual(
      found.map(({ processes: names }) => names),
      [['Web'], ['SiteHourly', 'Collector']],
    );
  });
});
