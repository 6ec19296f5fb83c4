import * as z from 'zod';
import { hostname } from 'node:os';
import {
  cron,
  cronText,
  duration,
  durationFrom,
  durationText,
  embeddedOr,
  host,
  hour,
  instant,
  networks,
  lineText,
  openUrl,
  path,
  plainName,
  secureUrl,
  texts,
  timeZone,
  whole,
} from './settings/values.ts';
import { accountSettings } from './settings/accounts.ts';
import { clusterSettings } from './settings/cluster.ts';
import { eventSettings } from './settings/events.ts';

/**
 * Every setting: its type, default and text. Durations are milliseconds and instants milliseconds since 1970
 * once read. Unknown keys are refused.
 */
export const settingsSchema = z.strictObject({
  dataDir: path.default('./synergy-data').register(texts, {
    description: 'Folder of the embedded store, the logs and the pid files. Made when it is missing.',
    expected: 'the path of a folder',
    example: '/var/lib/synergy',
  }),
  store: embeddedOr('mongodb|mongodb\\+srv').default('embedded').register(texts, {
    description:
      'Where records live: `embedded` is one SQLite file in `dataDir`, `mongodb://…` a database on a MongoDB server or replica set, which several boxes may share. A password is best kept in a file (`file:` and its path) or in the environment.',
    expected:
      "'embedded', an address such as mongodb://host:27017/synergy, or file: and the path of a file that holds one",
    example: 'mongodb://synergy:secret@db1,db2,db3/synergy?replicaSet=rs0',
    secret: true,
  }),
  queue: embeddedOr('amqp|amqps').default('embedded').register(texts, {
    description:
      'What rings the workers: `embedded` lives in a file of `dataDir` and serves one box, `amqp://…` is a RabbitMQ server with its virtual host, which several boxes may share. A password is best kept in a file (`file:` and its path) or in the environment.',
    expected:
      "'embedded', an address such as amqp://host:5672/vhost, or file: and the path of a file that holds one",
    example: 'amqp://synergy:secret@broker/synergy',
    secret: true,
  }),
  context: path.optional().register(texts, {
    description: 'File that registers the processes and trees.',
    expected: 'the path of a .ts, .js or .mjs file',
    example: './process_context.ts',
    defaultText: '`process_context.ts`, `.js` or `.mjs` of the working folder, else the demo suite',
  }),
  demo: z.boolean().default(false).register(texts, {
    description: 'Run the built-in demo suite, whatever the working folder holds.',
    expected: 'true or false',
    example: 'true',
  }),
  accessLog: path.optional().register(texts, {
    description:
      'Access log (Common or Combined Log Format, with or without a virtual host before the client, gzipped or not) that the demo suite reads. One that has grown at its end is read on from there at the next start.',
    expected: 'the path of a readable file',
    example: '/var/log/nginx/access.log',
    defaultText: 'none: the demo suite makes up its traffic',
  }),
  startTimeperiod: hour.optional().register(texts, {
    description:
      'First hour of every timetable tree. Kept in the store: once set it holds for later starts without it.',
    expected: 'an hour as YYYYMMDDHH, UTC',
    example: '2015051700',
    defaultText: 'the first hour of yesterday (UTC) when a store is used first',
  }),
  asOf: instant.optional().register(texts, {
    description:
      'Instant at which the clock of the timetable starts; it runs on from there at its usual rate.',
    expected: 'an ISO 8601 instant with a zone',
    example: '2015-06-01T00:30:00Z',
    defaultText: 'now',
  }),
  untilDone: z.boolean().default(false).register(texts, {
    description:
      'Stop once every period that was over at the start is finished, and every source complete up to there. Exit code 0; 1 with the reasons when some of it can never be done, or it was stopped before; 3 when all is done but jobs failed until they were given up. Together with `asOf` no start lag is waited for: what is over long ago is not late.',
    expected: 'true or false',
    example: 'true',
  }),
  mxHost: host.default('127.0.0.1').register(texts, {
    description:
      'Address the dashboard listens on; `0.0.0.0` for all of the machine. One that is not loopback needs accounts, `mxPublicUrl`, and TLS: `mxTlsCert` and `mxTlsKey`, or `mxProxy`; see exposing.md.',
    expected: 'an address or a name of this machine',
    example: '0.0.0.0',
  }),
  mxTlsCert: path.optional().register(texts, {
    description:
      'File, in PEM, of the certificate of the dashboard, followed by its chain. It is read again when it changes.',
    expected: 'the path of a file',
    example: '/etc/letsencrypt/live/synergy.example.com/fullchain.pem',
    defaultText: 'none: plain HTTP',
  }),
  mxTlsKey: path.optional().register(texts, {
    description: 'File, in PEM, of the key of `mxTlsCert`.',
    expected: 'the path of a file',
    example: '/etc/letsencrypt/live/synergy.example.com/privkey.pem',
    defaultText: 'none: plain HTTP',
  }),
  mxProxy: networks.optional().register(texts, {
    description:
      'Addresses and networks, with commas, of the proxies before the dashboard that end TLS. What they say of the client (`X-Forwarded-For`, `-Proto`, `-Host`) is believed, of them alone.',
    expected: 'addresses or networks with commas between them, such as 127.0.0.1 or 10.0.0.0/8',
    example: '127.0.0.1, 10.1.0.0/16',
    defaultText: 'none: nothing that is forwarded is believed',
  }),
  mxPublicUrl: secureUrl.optional().register(texts, {
    description:
      'What users type to reach the dashboard where others do, with the path that a proxy has it under, if any. Once it is set everything needs an account.',
    expected: 'an address such as https://synergy.example.com/ or https://example.com/synergy/',
    example: 'https://synergy.example.com/',
    defaultText: 'none: users of this machine alone reach it',
  }),
  mxPort: whole(0, 65_535).default(5000).register(texts, {
    description: 'Port of the dashboard; 0 takes any free one.',
    expected: 'a whole number from 0 to 65535',
    example: '8080',
  }),
  mxTitle: lineText.optional().register(texts, {
    description: 'Name of this installation, in the corner of the dashboard and in the title of its tab.',
    expected: 'up to 40 characters on one line, with no blank at either end',
    example: 'Reports (staging)',
    defaultText: '`Synergy`',
  }),
  ...accountSettings,
  boxId: plainName.default(hostname).register(texts, {
    description: 'Name of this machine; `presentOnBoxes` of the processes is matched with it.',
    expected: 'up to 64 letters, digits, dots, dashes or underscores',
    example: 'box-1',
    defaultText: 'the host name',
  }),
  otlp: openUrl.optional().register(texts, {
    description:
      'Address of an OpenTelemetry collector that takes OTLP over HTTP, without `/v1/traces`: scheduler and worker send it a trace of each unit of work. Headers are read from `OTEL_EXPORTER_OTLP_HEADERS`.',
    expected: 'an address such as http://127.0.0.1:4318, without a user or a password',
    example: 'http://127.0.0.1:4318',
    defaultText: 'none: no traces are sent',
  }),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']).default('info').register(texts, {
    description: 'Least weight of what goes to the log files.',
    expected: "'error', 'warn', 'info' or 'debug'",
    example: 'debug',
  }),
  logTtlDays: whole(1, 3650).default(30).register(texts, {
    description: 'Days for which the captured output of units of work is kept.',
    expected: 'a whole number of days from 1 to 3650',
    example: '7',
  }),
  boxTtlDays: whole(1, 3650).default(30).register(texts, {
    description:
      'Days after which a box that says nothing any more is forgotten, as a container is that was made anew under another id. Services of it that a user switched off stay on record, and off.',
    expected: 'a whole number of days from 1 to 3650',
    example: '7',
  }),
  unitTtlDays: whole(1, 3650).default(30).register(texts, {
    description:
      'Days for which units of work of free-run entries are kept once they have ended, with their journal and output, and rows of the journals of the entries themselves. The newest `keepUnits` of each entry stay beyond that, and the newest 16 rows; a process may say otherwise by its `retention`.',
    expected: 'a whole number of days from 1 to 3650',
    example: '7',
  }),
  historyTtlDays: whole(1, 3650).default(400).register(texts, {
    description:
      'Days for which units of work of managed jobs are kept once others took their place, rows of the journals of jobs, of which the newest 16 stay beyond that, commands of users, and the audit of accounts. Jobs, and the unit that each was finished by, stay for good.',
    expected: 'a whole number of days from 1 to 3650',
    example: '90',
  }),
  keepUnits: whole(1, 10_000).default(20).register(texts, {
    description:
      'Units of work of each free-run entry, and of each managed process, that are kept whatever their age: the newest ones.',
    expected: 'a whole number from 1 to 10000',
    example: '100',
  }),
  ...eventSettings,
  ...clusterSettings,
  sweepInterval: duration.default(10_000).register(texts, {
    description: 'Time between two rounds of the collector, which reposts, repairs and grows the trees.',
    expected: durationText,
    example: '10s',
  }),
  heartbeat: duration.default(5000).register(texts, {
    description: 'Time between two renewals of a lease by its worker.',
    expected: durationText,
    example: '5s',
  }),
  lease: duration.default(15_000).register(texts, {
    description: 'Time after its last heartbeat for which a worker keeps its unit of work.',
    expected: `${durationText}, at least twice the heartbeat`,
    example: '15s',
  }),
  leaderTerm: durationFrom(2_000, 300_000).default(6_000).register(texts, {
    description:
      'On a store that several boxes may share: time after which another scheduler takes over from one that was heard of no more, since its box is gone or was cut off. The scheduler at work renews its right each third of it; those that stand by ask for it each 500 ms. Give all boxes the same one.',
    expected: 'a duration from 2s to 5m, such as 6s (a bare number counts seconds)',
    example: '10s',
  }),
  resubmitAfter: duration.default(20_000).register(texts, {
    description: 'A unit of work that no worker claimed for so long has its queue rung again.',
    expected: durationText,
    example: '20s',
  }),
  lifeSupportHours: whole(1, 8760).default(48).register(texts, {
    description:
      'Hours after its creation for which a failing unit of work is tried again; then it is canceled.',
    expected: 'a whole number of hours from 1 to 8760',
    example: '24',
  }),
  maxCrashes: whole(1, 100).default(3).register(texts, {
    description:
      'Crashes in a row (leases lost, child processes that died) with which a unit of work is quarantined.',
    expected: 'a whole number from 1 to 100',
    example: '5',
  }),
  housekeepingTimeZone: timeZone.default('UTC').register(texts, {
    description: 'Zone of the wall clock that the cron expressions of housekeeping are of.',
    expected: "the name of a time zone such as 'UTC' or 'Europe/Berlin'",
    example: 'Europe/Berlin',
  }),
  housekeepingExpiry: cron.default('17 * * * *').register(texts, {
    description:
      'When the scheduler at work deletes captured output that is older than `logTtlDays`, and forgets boxes by `boxTtlDays`; it does so when it begins as well.',
    expected: cronText('17 * * * *'),
    example: '0 4 * * *',
  }),
  housekeepingRetention: cron.default('47 * * * *').register(texts, {
    description:
      'When the scheduler at work deletes the history that is older than `unitTtlDays` and `historyTtlDays`, in small steps; it does so when it begins as well.',
    expected: cronText('47 * * * *'),
    example: '0 5 * * *',
  }),
  housekeepingCheck: cron.default('30 3 * * *').register(texts, {
    description:
      'When the scheduler at work has its store checked as by `synergy db check`, in a process of its own; what is wrong needs a person, on the overview and in the log.',
    expected: cronText('30 3 * * *'),
    example: '0 1 * * SUN',
  }),
  housekeepingBackup: cron.default('off').register(texts, {
    description:
      'When the scheduler at work makes a backup of the embedded store, while everything runs; `synergy db copy` restores it. A store on a server has tools of its own.',
    expected: cronText('15 2 * * *'),
    example: '15 2 * * *',
  }),
  housekeepingBackupDir: path.optional().register(texts, {
    description: 'Folder for the backups and nothing else, each in a folder named after its instant.',
    expected: 'the path of a folder',
    example: '/backup/synergy',
    defaultText: '`backups` in `dataDir`',
  }),
  housekeepingBackupKeep: whole(1, 1000).default(7).register(texts, {
    description: 'Backups that are kept, the newest ones; older ones are removed after each new one.',
    expected: 'a whole number from 1 to 1000',
    example: '14',
  }),
  workerGrace: duration.default(5000).register(texts, {
    description: 'Time that running work is given to end by itself when it is stopped; then it is killed.',
    expected: durationText,
    example: '5s',
  }),
  adoptWithin: duration.default(20_000).register(texts, {
    description:
      'Time for which scheduler and worker go on without their supervisor when it was killed; a `synergy start` within it takes them over as they run, else they stop.',
    expected: durationText,
    example: '1m',
  }),
});

/** Name of a setting in files; `SYNERGY_UPPER_SNAKE` in the environment and `--kebab-case` on the command line. */
export type SettingName = keyof typeof settingsSchema.shape;

/** Settings as read, checked and frozen. */
export type Settings = Readonly<z.output<typeof settingsSchema>> & {
  /** Timetable time minus real time, ms: what `asOf` came to when the settings were read. */
  readonly clockOffset: number;
  /** With `untilDone`: instant (timetable time, ms) before which every period is to be finished. */
  readonly until: number | undefined;
};
