import assert from 'node:assert/strict';
import {
  daemonProcess,
  defineContext,
  freerunProcess,
  managedProcess,
  tree,
  withResolvedPaths,
} from '../../../domain/model/define.ts';
import type { ManagedProcessOptions, WorkerOptions } from '../../../domain/model/process.ts';

const minute = 60_000;

/** As a user would write it without a compiler. */
const managed = (options: object): unknown =>
  managedProcess({ name: 'A', qualifier: 'daily', identity: true, ...options });

const refuses = (act: () => unknown, message: string): void => {
  assert.throws(act, { name: 'SynergyError', code: 'INVALID_CONTEXT', message });
};

const frozen = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every(frozen));

/** 1,100 levels. */
const deep = JSON.parse('{"a":'.repeat(1100) + '1' + '}'.repeat(1100)) as object;

describe('managedProcess', () => {
  it('fills in the documented defaults', () => {
    assert.deepEqual(managedProcess({ name: 'SiteHourly', qualifier: 'hourly', identity: true }), {
      kind: 'managed',
      name: 'SiteHourly',
      description: '',
      worker: { kind: 'identity' },
      arguments: {},
      concurrency: 1,
      retry: { delay: minute / 2, maxDelay: 15 * minute, maxAttempts: 100 },
      presentOnBoxes: ['*'],
      qualifier: 'hourly',
      grouping: 1,
      strategy: 'discrete',
      blocking: 'normal',
      trigger: 'every 10s',
      startLag: 5 * minute,
      ordered: false,
      on: true,
      dependencies: [],
      emptySource: 'skip',
    });
  });

  it('reads every option', () => {
    const process = managedProcess({
      name: 'ClientDaily',
      description: 'visitors per client',
      qualifier: 'daily',
      failing: { times: 2 },
      arguments: { region: 'eu', limits: [1, null, { deep: true }] },
      concurrency: 4,
      timeLimit: '1h',
      retry: { delay: 5, maxAttempts: 3 },
      retention: { ttlDays: 7, keepUnits: 5 },
      presentOnBoxes: ['web-*'],
      grouping: 7,
      strategy: 'recomputing',
      blocking: 'dependencies',
      trigger: 'at 06:00',
      startLag: 0,
      ordered: true,
      on: false,
      dependsOn: [
        'SiteDaily',
        { process: 'SiteHourly', mapping: 'contained', atLeast: 20 },
        { process: 'StockDaily', mapping: { offset: -1 } },
        { process: 'NewsDaily', mapping: { offset: [-7, -1] } },
      ],
      source: 'access_log',
      sink: 'client_daily',
      emptySource: 'noop',
    });
    assert.deepEqual(process, {
      kind: 'managed',
      name: 'ClientDaily',
      description: 'visitors per client',
      worker: { kind: 'failing', times: 2 },
      arguments: { region: 'eu', limits: [1, null, { deep: true }] },
      concurrency: 4,
      timeLimit: 60 * minute,
      retry: { delay: 5000, maxDelay: 15 * minute, maxAttempts: 3 },
      retention: { ttlDays: 7, keepUnits: 5 },
      presentOnBoxes: ['web-*'],
      qualifier: 'daily',
      grouping: 7,
      strategy: 'recomputing',
      blocking: 'dependencies',
      trigger: 'at 06:00',
      startLag: 0,
      ordered: true,
      on: false,
      dependencies: [
        { process: 'SiteDaily', mapping: 'same' },
        { process: 'SiteHourly', mapping: 'contained', atLeast: 20 },
        { process: 'StockDaily', mapping: { offset: -1 } },
        { process: 'NewsDaily', mapping: { offset: [-7, -1] } },
      ],
      source: 'access_log',
      sink: 'client_daily',
      emptySource: 'noop',
    });
  });

  it('freezes all of it, and leaves what was passed in as it was', () => {
    const options = {
      name: 'A',
      qualifier: 'daily',
      command: ['x'],
      arguments: { list: [1] },
      dependsOn: [{ process: 'B', mapping: { offset: [-2, -1] } }],
    } satisfies ManagedProcessOptions as ManagedProcessOptions;
    assert.ok(frozen(managedProcess(options)));
    assert.ok(!frozen(options));
  });
});

describe('options in the wrong form', () => {
  const cases: readonly (readonly [options: object, message: string])[] = [
    [{ name: undefined }, 'managedProcess().name: expected a text, given nothing'],
    [{ name: ' ' }, "managedProcess(' ').name: expected a text, given ' '"],
    [{ description: 5 }, "managedProcess('A').description: expected a text, given 5"],
    [
      { qualifier: 'weekly' },
      "managedProcess('A').qualifier: expected hourly or daily or monthly or yearly, given 'weekly'",
    ],
    [
      { strategy: 'discreet' },
      "managedProcess('A').strategy: expected discrete or continuous or recomputing, given 'discreet'; did you mean 'discrete'?",
    ],
    [{ concurrency: '3' }, "managedProcess('A').concurrency: expected a whole number, given '3'"],
    [{ concurrency: 1.5 }, "managedProcess('A').concurrency: expected a whole number, given 1.5"],
    [{ concurrency: NaN }, "managedProcess('A').concurrency: expected a whole number, given NaN"],
    [{ on: 'yes' }, "managedProcess('A').on: expected true or false, given 'yes'"],
    [{ startLag: true }, "managedProcess('A').startLag: expected a duration such as 5m, given true"],
    [
      { startLag: 'soon' },
      "managedProcess('A').startLag: duration 'soon' cannot be read: expected a number of seconds, or a whole number with ms, s, m, h or d, such as 5m",
    ],
    [{ retry: '5m' }, "managedProcess('A').retry: expected an object {...}, given '5m'"],
    [
      { retry: { tries: 5 } },
      "managedProcess('A').retry has no option 'tries'; there are delay, maxDelay, maxAttempts",
    ],
    [
      { retry: { maxdelay: 5 } },
      "managedProcess('A').retry has no option 'maxdelay'; did you mean 'maxDelay'?",
    ],
    [
      { retention: { days: 5 } },
      "managedProcess('A').retention has no option 'days'; there are ttlDays, keepUnits",
    ],
    [
      { retention: { ttlDays: '5d' } },
      "managedProcess('A').retention.ttlDays: expected a whole number, given '5d'",
    ],
    [{ startlag: 5 }, "managedProcess('A') has no option 'startlag'; did you mean 'startLag'?"],
    [{ isolaton: 'host' }, "managedProcess('A') has no option 'isolaton'; did you mean 'isolation'?"],
    [{ presentOnBoxes: '*' }, "managedProcess('A').presentOnBoxes: expected a list [...], given '*'"],
    [{ presentOnBoxes: [1] }, "managedProcess('A').presentOnBoxes[0]: expected a text, given 1"],
    [{ dependsOn: 'B' }, "managedProcess('A').dependsOn: expected a list [...], given 'B'"],
    [
      { dependsOn: [{ proces: 'B' }] },
      "managedProcess('A').dependsOn[0] has no option 'proces'; did you mean 'process'?",
    ],
    [
      { dependsOn: [{ process: 'B', mapping: 'contains' }] },
      "managedProcess('A').dependsOn[0].mapping: expected same or contained or containing, given 'contains'; did you mean 'contained'?",
    ],
    ...[[-1], [-3, -2, -1]].map((offset): [object, string] => [
      { dependsOn: [{ process: 'B', mapping: { offset } }] },
      `managedProcess('A').dependsOn[0].mapping.offset: expected two whole numbers [first, last], given ${JSON.stringify(offset)}`,
    ]),
    [
      { dependsOn: [{ process: 'B', mapping: { offset: 'yesterday' } }] },
      "managedProcess('A').dependsOn[0].mapping.offset: expected a whole number, given 'yesterday'",
    ],
    [{ arguments: [] }, "managedProcess('A').arguments: expected JSON, given []"],
    [{ arguments: { at: [Infinity] } }, "managedProcess('A').arguments.at[0]: expected JSON, given Infinity"],
    [
      { arguments: { at: new Date(0) } },
      `managedProcess('A').arguments.at: expected JSON, given "1970-01-01T00:00:00.000Z"`,
    ],
    [
      { arguments: deep },
      "managedProcess('A').arguments: it is nested deeper than the 64 levels that are taken",
    ],
    [
      { arguments: { text: 'x'.repeat(200_000) } },
      "managedProcess('A').arguments: it is larger than the 60,000 bytes of JSON that are taken",
    ],
    [{ trigger: deep }, "managedProcess('A').trigger: expected a text, given an object"],
    [{ trigger: [1n] }, "managedProcess('A').trigger: expected a text, given a list"],
    [{ arguments: { at: () => 0 } }, "managedProcess('A').arguments.at: expected JSON, given a function"],
  ];
  for (const [options, message] of cases) {
    it(message, () => refuses(() => managed(options), message));
  }

  it('names no process when there are no options at all', () => {
    const given = undefined as unknown as ManagedProcessOptions;
    refuses(() => managedProcess(given), 'managedProcess(): expected an object {...}, given nothing');
  });
});

describe('who does the work', () => {
  const worker = (options: WorkerOptions): unknown => freerunProcess({ name: 'A', ...options }).worker;

  it('is a handler, with the module as it was written', () => {
    assert.deepEqual(worker({ handler: './site.ts' }), {
      kind: 'handler',
      module: './site.ts',
      exportName: 'default',
      isolation: 'host',
    });
    assert.deepEqual(worker({ handler: './site.ts', export: 'run', isolation: 'process' }), {
      kind: 'handler',
      module: './site.ts',
      exportName: 'run',
      isolation: 'process',
    });
  });

  it('or a command', () => {
    assert.deepEqual(worker({ command: ['python3', 'x.py', ''] }), {
      kind: 'command',
      argv: ['python3', 'x.py', ''],
      cwd: '.',
      env: [],
      logBytes: 1_048_576,
    });
    const all = { cwd: '/srv', env: ['API_URL'], host: 'backup@nas', logBytes: 0 };
    assert.deepEqual(worker({ command: ['true'], ...all }), { kind: 'command', argv: ['true'], ...all });
  });

  it('or identity, or failing always or some times', () => {
    assert.deepEqual(worker({ identity: true }), { kind: 'identity' });
    assert.deepEqual(worker({ failing: {} }), { kind: 'failing' });
    assert.deepEqual(worker({ failing: { times: 2 } }), { kind: 'failing', times: 2 });
  });

  it('or a program of its own, elsewhere', () => {
    assert.deepEqual(worker({ external: true }), { kind: 'external' });
  });

  const cases: readonly (readonly [options: object, message: string])[] = [
    [
      {},
      "daemonProcess('A'): expected exactly one of handler, command, identity, failing, external, given none of them",
    ],
    [
      { handler: './a.ts', command: ['b'] },
      "daemonProcess('A'): expected exactly one of handler, command, identity, failing, external, given handler and command",
    ],
    [
      { handler: './a.ts', cwd: '/srv' },
      "daemonProcess('A'): option 'cwd' goes with 'command', not with 'handler'",
    ],
    [{ identity: false }, "daemonProcess('A').identity: expected true, given false"],
    [{ external: false }, "daemonProcess('A').external: expected true, given false"],
    [{ command: 'ls -l' }, "daemonProcess('A').command: expected a list [...], given 'ls -l'"],
    [
      { command: ['true'], env: ['API_URL', 'TOKEN=secret=1'] },
      "daemonProcess('A').env[1]: expected the name of a variable that is passed on to the command, given 'TOKEN=…': write 'TOKEN', and set its value where the worker is started",
    ],
    [{ identity: true, concurrency: 2 }, "daemonProcess('A') has no option 'concurrency'"],
  ];
  for (const [options, message] of cases) {
    it(message, () => {
      assert.throws(
        () => daemonProcess({ name: 'A', ...options } as WorkerOptions & { name: string }),
        ({ code, message: given }: { code: string; message: string }) =>
          code === 'INVALID_CONTEXT' && (given === message || given.startsWith(`${message}; there are`)),
      );
    });
  }
});

describe('freerunProcess', () => {
  it('fills in the documented defaults, for its entries too', () => {
    const process = freerunProcess({
      name: 'Clean',
      identity: true,
      entries: [{ name: 'nightly', trigger: 'at 03:00' }],
    });
    assert.deepEqual(process, {
      kind: 'freerun',
      name: 'Clean',
      description: '',
      worker: { kind: 'identity' },
      arguments: {},
      concurrency: 1,
      retry: { delay: minute / 2, maxDelay: 15 * minute, maxAttempts: 100 },
      presentOnBoxes: ['*'],
      entries: [
        {
          name: 'nightly',
          trigger: 'at 03:00',
          arguments: {},
          on: true,
          overlap: 'skip',
          missed: 'last',
          description: '',
        },
      ],
    });
    assert.deepEqual(freerunProcess({ name: 'Clean', identity: true }).entries, []);
    assert.ok(frozen(process));
  });

  it('reads every option of an entry', () => {
    const entry = {
      name: 'hot',
      trigger: 'every 5s',
      arguments: { deep: true },
      on: false,
      overlap: 'buffer-one',
      missed: 'none',
      description: 'the hot folder',
    } as const;
    assert.deepEqual(freerunProcess({ name: 'Clean', identity: true, entries: [entry] }).entries, [entry]);
  });
});

describe('daemonProcess', () => {
  it('is one of its kind on a box', () => {
    const process = daemonProcess({ name: 'Collector', identity: true, presentOnBoxes: ['a', 'b'] });
    assert.ok(frozen(process));
    assert.deepEqual(process, {
      kind: 'daemon',
      name: 'Collector',
      description: '',
      worker: { kind: 'identity' },
      arguments: {},
      concurrency: 1,
      retry: { delay: minute / 2, maxDelay: 15 * minute, maxAttempts: 100 },
      presentOnBoxes: ['a', 'b'],
    });
  });
});

describe('tree', () => {
  it('is shown on a page of its own unless it says otherwise', () => {
    const site = { name: 'site', processes: ['SiteHourly'] };
    const defaults = { dependsOn: [], page: 'site', description: '' };
    assert.deepEqual(tree(site), { ...site, ...defaults });
    const client = { ...site, dependsOn: ['base'], page: 'traffic', description: 'by the hour' };
    assert.deepEqual(tree(client), client);
    assert.ok(frozen(tree(client)));
  });

  it('names the option it does not know', () => {
    const options = { name: 'site', processes: [], dependOn: [] };
    refuses(() => tree(options), "tree('site') has no option 'dependOn'; did you mean 'dependsOn'?");
  });
});

describe('defineContext', () => {
  const process = managedProcess({ name: 'A', qualifier: 'daily', identity: true });

  it('holds processes and trees', () => {
    const trees = [tree({ name: 'a', processes: ['A'] })];
    assert.deepEqual(defineContext({ processes: [process], trees }), { processes: [process], trees });
    assert.deepEqual(defineContext({ processes: [] }), { processes: [], trees: [] });
    assert.ok(Object.isFrozen(defineContext({ processes: [] }).trees));
  });

  it('wants processes that a builder made', () => {
    for (const raw of [null, { name: 'A', identity: true }]) {
      refuses(
        () => defineContext({ processes: [process, raw as unknown as typeof process] }),
        'defineContext().processes[1]: expected what managedProcess(), freerunProcess() or daemonProcess() returns',
      );
    }
  });
});

describe('withResolvedPaths', () => {
  it('resolves handler modules and working folders here, and nothing else', () => {
    const workers: WorkerOptions[] = [
      { handler: './a.ts' },
      { command: ['./x'], cwd: 'sub' },
      { command: ['./x'], cwd: 'sub', host: 'nas' },
      { identity: true },
      { failing: {} },
    ];
    const processes = workers.map((worker, index) => daemonProcess({ name: `P${index}`, ...worker }));
    const context = defineContext({ processes });
    const resolved = withResolvedPaths(context, (path) => `/base/${path}`);
    assert.deepEqual(
      resolved.processes.map(({ worker }) => worker),
      [
        { kind: 'handler', module: '/base/./a.ts', exportName: 'default', isolation: 'host' },
        { kind: 'command', argv: ['./x'], cwd: '/base/sub', env: [], logBytes: 1_048_576 },
        { kind: 'command', argv: ['./x'], cwd: 'sub', env: [], host: 'nas', logBytes: 1_048_576 },
        { kind: 'identity' },
        { kind: 'failing' },
      ],
    );
    assert.deepEqual(
      resolved.processes.map(({ name }) => name),
      processes.map(({ name }) => name),
    );
    assert.ok(frozen(resolved));
  });
});
