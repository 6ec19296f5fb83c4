#!/usr/bin/env node
import { Command } from 'commander';
import { exitCodeOf, lineOf } from './lib/terminal/exit.ts';
import { printError } from './lib/terminal/output.ts';
import { packageVersion } from './lib/package-info.ts';
import { redactUrl } from './domain/redact-url.ts';

/**
 * What a command does, and its module, which adds arguments, options and action to the command. Loaded only when it is
 * asked for: `synergy --help` and the supervisor stay small.
 */
type Entry = readonly [summary: string, load: () => Promise<{ define(command: Command): void }>];

const entries: Readonly<Record<string, Entry>> = {
  start: ['start everything, or named processes in the foreground', () => import('./commands/start.ts')],
  stop: ['stop what runs', () => import('./commands/stop.ts')],
  restart: ['stop and start what runs', () => import('./commands/restart.ts')],
  query: ['show what runs: state, pid, uptime, restarts', () => import('./commands/query.ts')],
  nodes: ['show which services run, on all boxes', () => import('./commands/nodes.ts')],
  list: ['show processes, trees and triggers', () => import('./commands/list.ts')],
  job: ['show, explain, reprocess or skip a job', () => import('./commands/job.ts')],
  uow: [
    'list, show, release or cancel units of work, or list rejected reports',
    () => import('./commands/uow.ts'),
  ],
  process: ['switch managed processes on and off, or list them', () => import('./commands/process.ts')],
  freerun: ['add, remove, fire, show or list freerun entries', () => import('./commands/freerun.ts')],
  trigger: [
    'add, pause, resume, fire or remove event triggers, or preview a schedule',
    () => import('./commands/trigger.ts'),
  ],
  journal: [
    'show what happened: the transitions of jobs, units of work and entries',
    () => import('./commands/journal.ts'),
  ],
  commands: ['show what users asked for', () => import('./commands/commands.ts')],
  logs: ['show captured output', () => import('./commands/logs.ts')],
  api: ['print the OpenAPI document of the HTTP API', () => import('./commands/api.ts')],
  db: ['prepare, reset, check or copy the store', () => import('./commands/db/db.ts')],
  user: [
    'keep the accounts of the dashboard: passwords, roles, sessions, and the audit',
    () => import('./commands/user.ts'),
  ],
  token: ['create, list and revoke tokens for the API', () => import('./commands/token.ts')],
  super: ['switch units of this box on and off', () => import('./commands/super.ts')],
  init: ['write a starter project into a folder', () => import('./commands/init.ts')],
  doctor: ['check the surroundings and say how to mend them', () => import('./commands/doctor/doctor.ts')],
  demo: ['report of the demo suite', () => import('./commands/demo.ts')],
};

const [, , ...argv] = process.argv;
const words = argv.filter((argument) => !argument.startsWith('-'));

const run = async (): Promise<void> => {
  const program = new Command('synergy')
    .description('Runs periodic, interdependent work: cuts time into periods and sees every job through.')
    .version(packageVersion)
    .exitOverride()
    // Errors are printed below; the help that a command without its subcommand gets is printed as it is.
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', '\nExample:\n  $ synergy start --demo');
  const asked = words[0] === 'help' ? words[1] : words[0];
  for (const [name, [summary, load]] of Object.entries(entries)) {
    const command = program.command(name).summary(summary).description(summary);
    if (name === asked) (await load()).define(command);
  }
  if (argv.length === 0) program.outputHelp();
  else await program.parseAsync(argv, { from: 'user' });
};

// The list of processes is for everybody to see.
const shown = process.argv.map(redactUrl);
if (shown.some((word, i) => word !== process.argv[i])) process.title = shown.join(' ');

// What runs on does so unread: `start | tee log` is about to stop in order when Ctrl-C has already ended `tee`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (words[0] === 'start') return;
    // A reader that has seen enough, such as `head`, is no failure.
    if (error.code === 'EPIPE') process.exit(process.exitCode);
    if (stream === process.stdout)
      printError(`synergy: the output cannot be written (${error.code}): make room, or send it elsewhere`);
    process.exit(1);
  });
}

try {
  await run();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  const line = lineOf(error);
  if (line !== undefined) printError(line);
}
