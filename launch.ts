#!/usr/bin/env node
import { Command } from 'commander';
import { exitCodeOf, lineOf } from './lib/terminal/exit.ts';
import { printError } from './lib/terminal/output.ts';
import { packageVersion } from './boot/package-info.ts';
import { redactUrl } from './domain/redact-url.ts';

interface CommandModule {
  /** Adds arguments, options and action to the command of its name. */
  define(command: Command): void;
}

/** Loaded only when it is asked for: `synergy --help` and the supervisor stay small. */
interface Entry {
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

const entries: Readonly<Record<string, Entry>> = {
  start: {
    summary: 'start everything, or named processes in the foreground',
    load: () => import('./commands/start.ts'),
  },
  stop: { summary: 'stop what runs', load: () => import('./commands/stop.ts') },
  restart: { summary: 'stop and start what runs', load: () => import('./commands/restart.ts') },
  query: {
    summary: 'show what runs: state, pid, uptime, restarts',
    load: () => import('./commands/query.ts'),
  },
  list: { summary: 'show processes, trees and triggers', load: () => import('./commands/list.ts') },
  job: { summary: 'show, explain, reprocess or skip a job', load: () => import('./commands/job.ts') },
  uow: {
    summary: 'list, show, release or cancel units of work',
    load: () => import('./commands/uow.ts'),
  },
  process: {
    summary: 'switch managed processes on and off, or list them',
    load: () => import('./commands/process.ts'),
  },
  freerun: {
    summary: 'add, remove, fire or list freerun entries',
    load: () => import('./commands/freerun.ts'),
  },
  logs: { summary: 'show captured output', load: () => import('./commands/logs.ts') },
  db: { summary: 'prepare, reset, check or copy the store', load: () => import('./commands/db/db.ts') },
  super: { summary: 'switch units of this box on and off', load: () => import('./commands/super.ts') },
  init: { summary: 'write a starter project into a folder', load: () => import('./commands/init.ts') },
  doctor: {
    summary: 'check the surroundings and say how to mend them',
    load: () => import('./commands/doctor/doctor.ts'),
  },
  demo: { summary: 'report of the demo suite', load: () => import('./commands/demo.ts') },
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
  for (const [name, entry] of Object.entries(entries)) {
    const command = program.command(name).summary(entry.summary).description(entry.summary);
    if (name === asked) (await entry.load()).define(command);
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
