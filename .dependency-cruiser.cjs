// The floors of the house: imports go down only, siblings on one floor do not import each other.
const ROOT = '^(launch|settings|process_context|index)\\.ts$|^(commands|demo)/';
const none = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'domain/ imports itself, xstate and the schedule library only',
      from: { path: '^domain/' },
      to: { pathNot: '^domain/|node_modules/(xstate|croner)/' },
    },
    none(
      'ports-know-domain-only',
      '^(db/store|mq/queue|cluster/membership)\\.ts$',
      '^(db/(?!store)|mq/(?!queue)|cluster/(?!membership)|embedded|scheduler|worker|mx|supervisor)/?|' + ROOT,
      'ports are floor 1',
    ),
    none(
      'os-knows-domain-only',
      '^os/',
      '^(db|mq|cluster|embedded|scheduler|worker|mx|supervisor)/|' + ROOT,
      'what services ask of the operating system, floor 1',
    ),
    none(
      'embedded-looks-down',
      '^embedded/',
      '^(db|mq|scheduler|worker|mx|supervisor|cluster)/|' + ROOT,
      'what the embedded adapters share, floor 2',
    ),
    none(
      'adapters-look-down',
      '^(db|mq)/',
      '^(scheduler|worker|mx|supervisor|cluster)/|' + ROOT,
      'adapters are floor 2',
    ),
    none('stores-and-queues-apart', '^db/', '^mq/', 'siblings do not import each other'),
    none(
      'services-use-ports',
      '^(scheduler|worker|cluster|mx|supervisor)/',
      '^embedded/|^(db|mq)/(?!store\\.ts|queue\\.ts)',
      'adapters are handed in by the root',
    ),
    none('scheduler-apart', '^scheduler/', '^(worker|mx|supervisor)/|' + ROOT, 'floor 3'),
    none('worker-apart', '^worker/', '^(scheduler|mx|supervisor)/|' + ROOT, 'floor 3'),
    none('mx-apart', '^mx/', '^(worker|supervisor|db/(?!store)|mq/(?!queue))|' + ROOT, 'floor 4'),
    none(
      'supervisor-apart',
      '^supervisor/',
      '^(scheduler|worker|mx|db/(?!store)|mq/(?!queue))|' + ROOT,
      'floor 4',
    ),
    none(
      'tests-stay-outside',
      '^(domain|os|embedded|db|mq|scheduler|worker|mx|supervisor|cluster|demo|commands)/',
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
