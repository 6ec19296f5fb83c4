import assert from 'node:assert/strict';
import {
  daemonProcess,
  defineContext,
  freerunProcess,
  managedProcess,
} from '../../../domain/model/define.ts';
import { validateContext } from '../../../domain/model/validate.ts';
import type {
  ManagedOptions,
  Mapping,
  ProcessContext,
  WorkerOptions,
} from '../../../domain/model/process.ts';
import { inOwnTrees, process, treesOf } from './contexts.ts';

const refuses = (context: ProcessContext, message: string): void => {
  assert.throws(() => validateContext(context), { name: 'SynergyError', code: 'INVALID_CONTEXT', message });
};

const accepts = (context: ProcessContext): void => {
  assert.deepEqual(validateContext(context), { warnings: [] });
};

const site = { name: 'site', processes: ['SiteHourly', 'SiteDaily', 'SiteMonthly', 'SiteYearly'] };
const client = { name: 'client', processes: ['ClientDaily', 'ClientMonthly'], dependsOn: ['site'] };

describe('validateContext', () => {
  it('accepts an empty context, trees that depend on trees, and processes of every kind', () => {
    accepts(defineContext({ processes: [] }));
    accepts(treesOf(site, client));
    const entries = [
      { name: 'nightly', trigger: 'at 03:00' },
      { name: 'weekly', trigger: 'at 0-03:00' },
    ];
    accepts(
      defineContext({
        processes: [
          freerunProcess({ name: 'Clean', command: ['sh', '-c', ''], entries }),
          daemonProcess({ name: 'Collector', failing: {} }),
        ],
      }),
    );
  });

  describe('names', () => {
    it('are unique among processes of all kinds', () => {
      const freerun = freerunProcess({ name: 'SiteDaily', identity: true });
      refuses(
        defineContext({ processes: [process('SiteDaily'), freerun] }),
        "two processes are called 'SiteDaily'",
      );
    });

    it('lead to queues of their own', () => {
      refuses(
        inOwnTrees(process('Site-Daily'), process('OtherDaily'), process('site_daily')),
        "processes 'Site-Daily' and 'site_daily' would share the queue 'queue_site_daily_daily': rename one of them",
      );
    });

    it('consist of what ids and addresses can hold', () => {
      const rule =
        "a name consists of 1 to 100 letters, digits, '_', '-' and '.', starting with a letter or digit";
      accepts(inOwnTrees(process('2.site_A-daily')));
      accepts(inOwnTrees(process('x'.repeat(100))));
      for (const name of ['a/b', 'a:b', 'a#b', 'a b', '.a', '-a', 'ä', 'x'.repeat(101)]) {
        refuses(inOwnTrees(process(name)), `process '${name}': ${rule}`);
        refuses(treesOf({ name, processes: ['SiteDaily'] }), `tree '${name}': ${rule}`);
        const entries = [{ name, trigger: 'every 1h' }];
        refuses(
          defineContext({ processes: [freerunProcess({ name: 'Clean', identity: true, entries })] }),
          `process 'Clean', entry '${name}': ${rule}`,
        );
      }
    });

    it('are not those of what runs the processes', () => {
      for (const name of ['supervisor', 'scheduler', 'worker', 'Worker', 'event-worker'])
        refuses(
          inOwnTrees(process(name)),
          `process '${name}': supervisor, scheduler, worker, event-worker are what runs the processes: choose another name`,
        );
    });

    it('are unique among the entries of a process, and among trees', () => {
      const entry = { name: 'nightly', trigger: 'at 03:00' };
      refuses(
        defineContext({
          processes: [freerunProcess({ name: 'Clean', identity: true, entries: [entry, entry] })],
        }),
        "process 'Clean': two entries are called 'nightly'",
      );
      refuses(treesOf(site, { name: 'site', processes: ['ClientDaily'] }), "two trees are called 'site'");
    });
  });

  describe('a process by itself', () => {
    const cases: readonly (readonly [options: Partial<ManagedOptions>, message: string])[] = [
      [{ concurrency: 0 }, "process 'SiteDaily', concurrency: expected at least 1, given 0"],
      [{ timeLimit: 0 }, "process 'SiteDaily', timeLimit in ms: expected at least 1, given 0"],
      [
        { retry: { delay: '1h' } },
        "process 'SiteDaily', retry.maxDelay in ms, which retry.delay cannot exceed: expected at least 3600000, given 900000",
      ],
      [{ retention: { ttlDays: 0 } }, "process 'SiteDaily', retention.ttlDays: expected at least 1, given 0"],
      [
        { retention: { keepUnits: 0 } },
        "process 'SiteDaily', retention.keepUnits: expected at least 1, given 0",
      ],
      [{ retry: { maxAttempts: 0 } }, "process 'SiteDaily', retry.maxAttempts: expected at least 1, given 0"],
      [
        { grouping: 29 },
        "process 'SiteDaily': time grouping 29 is out of range for daily: expected a whole number from 1 to 28",
      ],
      [
        { strategy: 'recomputing' },
        "process 'SiteDaily': a recomputing process needs a source to read, such as source: 'access_log'",
      ],
    ];
    for (const [options, message] of cases) {
      it(message, () => refuses(inOwnTrees(process('SiteDaily', options)), message));
    }

    it('is checked whatever built it', () => {
      const broken = { ...process('SiteDaily'), startLag: -1 };
      refuses(
        { ...inOwnTrees(broken), processes: [broken] },
        "process 'SiteDaily', startLag in ms: expected at least 0, given -1",
      );
      const hasty = { ...broken, retry: { delay: NaN, maxDelay: 1, maxAttempts: 1 } };
      refuses(
        { ...inOwnTrees(hasty), processes: [hasty] },
        "process 'SiteDaily', retry.delay in ms: expected at least 0, given NaN",
      );
    });

    it('may recompute from a source', () => {
      accepts(inOwnTrees(process('SiteDaily', { strategy: 'recomputing', source: 'access_log' })));
    });

    it('has triggers that can be read', () => {
      const isBad = (where: string) => (error: Error & { code?: string }) =>
        error.code === 'INVALID_CONTEXT' && error.message.startsWith(`${where}: schedule 'every 0': `);
      assert.throws(
        () => validateContext(inOwnTrees(process('SiteDaily', { trigger: 'every 0' }))),
        isBad("process 'SiteDaily', trigger"),
      );
      const entries = [{ name: 'often', trigger: 'every 0' }];
      const clean = freerunProcess({ name: 'Clean', identity: true, entries });
      assert.throws(
        () => validateContext(defineContext({ processes: [clean] })),
        isBad("process 'Clean', entry 'often', trigger"),
      );
    });

    const workers: readonly (readonly [options: WorkerOptions, message: string])[] = [
      [
        { command: [] },
        "process 'Clean', command: expected a program and its arguments, such as ['python3', 'x.py']",
      ],
      [
        { command: [' ', 'x'] },
        "process 'Clean', command: expected a program and its arguments, such as ['python3', 'x.py']",
      ],
      [{ command: ['x'], logBytes: -1 }, "process 'Clean', logBytes: expected at least 0, given -1"],
      [{ failing: { times: -1 } }, "process 'Clean', failing.times: expected at least 0, given -1"],
      [
        { external: true },
        "process 'Clean': a daemon has no units to claim: expected another worker than 'external'",
      ],
    ];
    for (const [worker, message] of workers) {
      it(`${message} (${JSON.stringify(worker)})`, () => {
        refuses(defineContext({ processes: [daemonProcess({ name: 'Clean', ...worker })] }), message);
      });
    }
  });

  describe('trees', () => {
    const freerun = freerunProcess({ name: 'Clean', identity: true });

    it('have processes, which are known and managed', () => {
      refuses(
        treesOf({ name: 'site', processes: [] }),
        "tree 'site' has no processes: expected at least one",
      );
      const trees = (...processes: string[]): ProcessContext =>
        defineContext({ processes: [process('SiteDaily'), freerun], trees: [{ name: 'site', processes }] });
      refuses(
        trees('SiteDialy'),
        "tree 'site' names 'SiteDialy', which is no process; did you mean 'SiteDaily'?",
      );
      refuses(trees('SiteDaily', 'Clean'), "tree 'site' names 'Clean', which is a freerun process");
    });

    it('hold one process of a qualifier, once', () => {
      refuses(
        treesOf({ name: 'site', processes: ['SiteDaily', 'SiteHourly', 'AlertDaily'] }),
        "tree 'site' has several daily processes, 'SiteDaily' and 'AlertDaily': a tree has one at most",
      );
      refuses(
        defineContext({
          processes: [process('SiteDaily')],
          trees: [{ name: 'site', processes: ['SiteDaily', 'SiteDaily'] }],
        }),
        "tree 'site' names 'SiteDaily' twice",
      );
    });

    it('do not share a process', () => {
      const processes = ['SiteDaily'];
      refuses(
        defineContext({
          processes: [process('SiteDaily')],
          trees: [
            { name: 'site', processes },
            { name: 'client', processes },
          ],
        }),
        "process 'SiteDaily' is in several trees, 'site' and 'client': a managed process needs a place in one tree",
      );
    });

    it('have a place for every managed process', () => {
      refuses(
        defineContext({
          processes: [freerun, process('SiteDaily'), process('AlertDaily')],
          trees: [{ name: 'site', processes: ['SiteDaily'] }],
        }),
        "process 'AlertDaily' is in no tree: a managed process needs a place in one tree",
      );
    });

    it('depend on known trees', () => {
      refuses(
        treesOf(site, { ...client, dependsOn: ['sites'] }),
        "tree 'client' depends on 'sites', which is no tree; did you mean 'site'?",
      );
    });

    it('do not depend on each other in a circle, nor on themselves', () => {
      refuses(
        treesOf({ ...site, dependsOn: ['alert'] }, client, {
          name: 'alert',
          processes: ['AlertDaily'],
          dependsOn: ['client'],
        }),
        'trees depend on each other in a circle: site -> alert -> client -> site',
      );
      refuses(
        treesOf({ ...site, dependsOn: ['site'] }),
        'trees depend on each other in a circle: site -> site',
      );
    });
  });

  describe('dependencies of a process', () => {
    /** AlertDaily, in a tree of its own, waits for `name`. */
    const alert = (name: string, mapping: Mapping, atLeast?: number): ProcessContext =>
      defineContext({
        processes: [
          ...site.processes.map((each) => process(each)),
          process('AlertDaily', {
            dependsOn: [{ process: name, mapping, ...(atLeast === undefined ? {} : { atLeast }) }],
          }),
          freerunProcess({ name: 'Clean', identity: true }),
        ],
        trees: [site, { name: 'alert', processes: ['AlertDaily'] }],
      });
    const where = "process 'AlertDaily' depends on";

    it('are known managed processes', () => {
      refuses(
        alert('SiteDialy', 'same'),
        `${where} 'SiteDialy', which is no process; did you mean 'SiteDaily'?`,
      );
      refuses(alert('Clean', 'same'), `${where} 'Clean', which is a freerun process`);
    });

    it('have a mapping that fits the qualifiers', () => {
      accepts(alert('SiteDaily', 'same'));
      for (const atLeast of [1, 20]) accepts(alert('SiteHourly', 'contained', atLeast));
      accepts(alert('SiteYearly', 'containing'));
      for (const name of site.processes) {
        for (const offset of [-1, 0, 1, [-7, 0] as const]) accepts(alert(name, { offset }));
      }
      const wrong: readonly (readonly [string, Mapping, string])[] = [
        [
          'SiteHourly',
          'same',
          "which is finer: mapping 'same' needs one that is of the same qualifier; use 'contained' or an offset",
        ],
        [
          'SiteMonthly',
          'contained',
          "which is coarser: mapping 'contained' needs one that is finer; use 'containing' or an offset",
        ],
        [
          'SiteDaily',
          'containing',
          "which is of the same qualifier: mapping 'containing' needs one that is coarser; use 'same' or an offset",
        ],
        [
          'SiteDaily',
          'contained',
          "which is of the same qualifier: mapping 'contained' needs one that is finer; use 'same' or an offset",
        ],
      ];
      for (const [name, mapping, problem] of wrong)
        refuses(alert(name, mapping), `${where} '${name}', ${problem}`);
    });

    it('have numbers that can be met', () => {
      refuses(
        alert('SiteDaily', { offset: [2, -2] }),
        `${where} 'SiteDaily' with the offsets [2, -2]: the smaller comes first`,
      );
      refuses(
        alert('SiteHourly', 'contained', 0),
        `${where} 'SiteHourly', atLeast: expected at least 1, given 0`,
      );
    });

    it('are no ancestors or descendants', () => {
      const own = (name: string, dependsOn: string, mapping: Mapping): ProcessContext => ({
        ...treesOf(site),
        processes: site.processes.map((each) =>
          process(each, each === name ? { dependsOn: [{ process: dependsOn, mapping }] } : {}),
        ),
      });
      const reason = "of its own tree 'site', in which processes wait for their children only";
      refuses(
        own('SiteHourly', 'SiteDaily', 'containing'),
        `process 'SiteHourly' depends on 'SiteDaily' ${reason}`,
      );
      refuses(
        own('SiteYearly', 'SiteHourly', { offset: -1 }),
        `process 'SiteYearly' depends on 'SiteHourly' ${reason}`,
      );
    });
  });

  describe('circles of processes', () => {
    const circle = (...names: string[]): string =>
      `processes wait for each other in a circle: ${names.join(' -> ')}`;
    const waits = (name: string, on: string, mapping: Mapping): ReturnType<typeof process> =>
      process(name, { dependsOn: [{ process: on, mapping }] });

    it('are named in full', () => {
      refuses(
        inOwnTrees(waits('A', 'B', 'same'), waits('B', 'C', { offset: [-1, 0] }), waits('C', 'A', 'same')),
        circle('A', 'B', 'C', 'A'),
      );
    });

    it('may consist of one process, which can only wait for its own past', () => {
      accepts(inOwnTrees(waits('A', 'A', { offset: [-3, -1] })));
      for (const mapping of ['same', { offset: 0 }, { offset: 1 }, { offset: [-1, 1] }] as const) {
        refuses(inOwnTrees(waits('A', 'A', mapping)), circle('A', 'A'));
      }
    });

    it('may lead through a job that covers later periods as well', () => {
      const grouped = (name: string, on: string, grouping: number): ReturnType<typeof process> =>
        process(name, { grouping, dependsOn: [{ process: on, mapping: { offset: -1 } }] });
      accepts(inOwnTrees(grouped('A', 'B', 1), waits('B', 'A', 'same')));
      refuses(inOwnTrees(grouped('A', 'B', 3), waits('B', 'A', 'same')), circle('A', 'B', 'A'));
      accepts(inOwnTrees(grouped('A', 'A', 3)));
    });

    it('may lead from a parent to its children', () => {
      const context = (offset: Mapping): ProcessContext =>
        defineContext({
          processes: [
            waits('ADaily', 'BMonthly', offset),
            process('BMonthly'),
            process('BYearly'),
            waits('BHourly', 'ADaily', 'containing'),
          ],
          trees: [
            { name: 'a', processes: ['ADaily'] },
            { name: 'b', processes: ['BHourly', 'BMonthly', 'BYearly'] },
          ],
        });
      refuses(context('containing'), circle('ADaily', 'BMonthly', 'BHourly', 'ADaily'));
    });

    it('may lead through the default of a tree', () => {
      refuses(
        defineContext({
          processes: [process('ADaily'), waits('BDaily', 'ADaily', 'same')],
          trees: [
            { name: 'a', processes: ['ADaily'], dependsOn: ['b'] },
            { name: 'b', processes: ['BDaily'] },
          ],
        }),
        circle('ADaily', 'BDaily', 'ADaily'),
      );
    });

    it('are none when they lead into the past and never back', () => {
      accepts(inOwnTrees(waits('A', 'B', { offset: -1 }), waits('B', 'A', 'same')));
      accepts(inOwnTrees(waits('A', 'B', { offset: -1 }), waits('B', 'A', { offset: [-7, 0] })));
    });

    it('are circles all the same when they lead into the past and back', () => {
      const back = circle('B', 'A', 'B');
      refuses(inOwnTrees(waits('A', 'B', { offset: -1 }), waits('B', 'A', { offset: 1 })), back);
      // A day waits for its month, the month for its hours, an hour for the day before: which is in the month.
      refuses(
        defineContext({
          processes: [
            waits('ADaily', 'BMonthly', 'containing'),
            process('BMonthly'),
            waits('BHourly', 'ADaily', { offset: -1 }),
          ],
          trees: [
            { name: 'a', processes: ['ADaily'] },
            { name: 'b', processes: ['BHourly', 'BMonthly'] },
          ],
        }),
        circle('ADaily', 'BMonthly', 'BHourly', 'ADaily'),
      );
      refuses(
        inOwnTrees(waits('AHourly', 'BDaily', { offset: 0 }), waits('BDaily', 'AHourly', { offset: -1 })),
        circle('AHourly', 'BDaily', 'AHourly'),
      );
    });
  });

  describe('warnings', () => {
    const lone = { name: 'client', processes: ['ClientHourly', 'ClientDaily'], dependsOn: ['days', 'site'] };
    const days = { name: 'days', processes: ['DaysDaily'] };
    const message =
      "tree 'client' depends on 'days', which has no hourly process: 'ClientHourly' waits for nothing there";

    it('name the level that a tree lacks', () => {
      assert.deepEqual(validateContext(treesOf(site, days, lone)), { warnings: [message] });
    });

    it('are silent when the process says what it waits for there instead', () => {
      const context = treesOf(site, days, lone);
      accepts({
        ...context,
        processes: context.processes.map((each) =>
          each.name === 'ClientHourly'
            ? managedProcess({
                name: each.name,
                qualifier: 'hourly',
                identity: true,
                dependsOn: [{ process: 'DaysDaily', mapping: 'containing' }],
              })
            : each,
        ),
      });
    });
  });
});
