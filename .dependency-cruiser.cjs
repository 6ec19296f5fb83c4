// The floors of the house, lowest first: a module imports from its own floor or from one below.
const floors = [
  ['domain', '^domain/'],
  ['lib', '^lib/'],
  ['ports', '^(db/(store|((account|event)-)?collections?)|mq/queue|cluster/(membership|driver))\\.ts$'],
  [
    'adapters',
    '^(db/(?!(store|((account|event)-)?collections?)\\.ts)|mq/(?!queue\\.ts)|cluster/(?!(membership|driver)\\.ts)|sqlite/)',
  ],
  ['services', '^(scheduler|worker)/'],
  ['edges', '^(mx|supervisor|simulation)/'],
  ['context', '^(demo/|settings/|(settings|process_context|index)\\.ts$)'],
  ['boot', '^boot/'],
  ['commands', '^commands/'],
  ['launch', '^launch\\.ts$'],
];
const above = (floor) => floors.slice(floor + 1).map(([, path]) => path);
const forbid = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...floors
      .slice(0, -1)
      .map(([name, path], floor) =>
        forbid(`${name}-look-down`, path, above(floor), 'imports go down only, see CONTRIBUTING.md'),
      ),
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'domain/ imports itself, xstate and the schedule library only',
      from: { path: '^domain/' },
      to: { pathNot: '^domain/|node_modules/(xstate|croner)/' },
    },
    {
      name: 'lib-knows-no-product',
      severity: 'error',
      comment:
        'lib/ knows a Clock, a Logger, a Span and errors; nothing of jobs, units of work or timetables',
      from: { path: '^lib/' },
      to: { path: '^domain/', pathNot: '^domain/(clock|logger|span|errors)\\.ts$' },
    },
    forbid('stores-know-no-queues', '^db/', '^mq/', 'siblings do not import each other'),
    forbid('queues-know-no-stores', '^mq/', '^db/', 'siblings do not import each other'),
    forbid(
      'membership-uses-ports',
      '^cluster/',
      '^mq/|^sqlite/|^db/(?!(store|((account|event)-)?collections?)\\.ts)',
      'siblings do not import each other; a driver gets a store handed in',
    ),
    forbid(
      'stores-and-queues-know-no-cluster',
      '^(db|mq)/',
      '^cluster/',
      'siblings do not import each other',
    ),
    {
      name: 'adapters-stay-separate',
      severity: 'error',
      comment: 'an adapter does not import another adapter of the same port',
      from: { path: '^(db|mq)/(embedded|mongo|rabbit)/' },
      to: { path: '^$1/(embedded|mongo|rabbit)/', pathNot: '^$1/$2/' },
    },
    forbid(
      'services-use-ports',
      '^(scheduler|worker|mx|supervisor)/',
      '^sqlite/|^(db|mq|cluster)/(?!(store|((account|event)-)?collections?|queue|membership)\\.ts)',
      'boot/ hands the adapters in',
    ),
    forbid(
      'simulation-brings-its-own-servers',
      '^simulation/',
      '^sqlite/|^(db|mq)/(embedded|mongo|rabbit|registry)',
      'the simulation has a store and a queue of its own',
    ),
    forbid('scheduler-knows-no-worker', '^scheduler/', '^worker/', 'siblings do not import each other'),
    forbid('worker-knows-no-scheduler', '^worker/', '^scheduler/', 'siblings do not import each other'),
    forbid(
      'mx-uses-the-api',
      '^mx/',
      '^(worker|supervisor)/|^scheduler/(?!accounts/api\\.ts|api/(api|list-fields|live-event|trigger-view)\\.ts|commands/(command-table|check-command|signing-secret|trigger-lines)\\.ts|external-workers/api\\.ts|maintenance/sweep\\.ts|server-health\\.ts)',
      'the dashboard uses the interface of the scheduler, and the types it is made of',
    ),
    forbid(
      'supervisor-knows-no-service',
      '^supervisor/',
      '^(scheduler|worker|mx)/',
      'the supervisor knows processes',
    ),
    forbid(
      'simulation-stays-outside',
      '^(?!simulation/|tests/|scripts/)',
      '^simulation/',
      'shipped code does not import it',
    ),
    forbid(
      'tests-stay-outside',
      '^(?!tests/|benchmarks/|scripts/)',
      '^(tests|benchmarks|scripts)/',
      'shipped code does not import tests',
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
};
