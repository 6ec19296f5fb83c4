import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { CommandWorker } from '../../domain/model/process.ts';
import { armEscalation } from '../isolation/escalation.ts';
import { endOfGroup, signalGroup } from '../isolation/process-group.ts';
import type { ChildExit } from '../isolation/process-group.ts';
import { commandLine } from './command-line.ts';
import type { CommandLine } from './command-line.ts';
import { readDirective } from './output-directive.ts';
import { createLineSplitter } from '../../lib/line-splitter.ts';
import { canceled, completed, empty, failed } from '../reports/outcome.ts';
import type { Counts, Outcome } from '../reports/outcome.ts';
import type { RunScope, Task } from '../run-scope.ts';
import type { LiveRunner, RunnerTools } from './runner.ts';

/** Exit codes with a meaning, beside 0. From the temporary-failure end of sysexits, where few commands exit by accident. */
const NO_DATA = 75;
const GIVE_UP = 76;

/** What a command has said so far. */
interface Output {
  processed: number;
  aggregated: number;
  lastError: string;
}

const readOutput = (child: ChildProcess, { log, progress }: RunScope): Output => {
  const output: Output = { processed: 0, aggregated: 0, lastError: '' };
  const take = (line: string): void => {
    const directive = readDirective(line);
    if (directive?.kind === 'progress') progress(directive.done, directive.total);
    else if (directive) output[directive.kind] = directive.count;
    else log.write('stdout', line);
  };
  const takeError = (line: string): void => {
    if (line.trim() !== '') output.lastError = line;
    log.write('stderr', line);
  };
  const pipes = [
    [child.stdout, createLineSplitter(take)],
    [child.stderr, createLineSplitter(takeError)],
  ] as const;
  for (const [pipe, splitter] of pipes) {
    pipe?.on('data', (chunk: Buffer) => splitter.push(chunk)).on('close', () => splitter.end());
  }
  return output;
};

const readExit = (spec: CommandWorker, { code, signal }: ChildExit, output: Output): Outcome => {
  const counts: Counts = { processed: output.processed, aggregated: output.aggregated };
  if (code === 0) return completed(counts);
  if (code === NO_DATA) return empty(counts);
  const trouble = output.lastError === '' ? '' : `: ${output.lastError}`;
  if (code === GIVE_UP) return canceled(`canceled by the command${trouble}`, counts);
  if (signal !== null) return failed(`killed by ${signal}${trouble}`, counts);
  const byShell = spec.host !== undefined && code === 255 ? ` (ssh to ${spec.host} failed)` : '';
  return failed(`exit code ${code}${byShell}${trouble}`, counts);
};

const whyNotStarted = ({ argv, cwd }: CommandLine, error: unknown): string => {
  if (cwd !== undefined && !existsSync(cwd)) return `working directory '${cwd}' does not exist`;
  const reason = (error as NodeJS.ErrnoException).code;
  const detail = reason === 'ENOENT' ? 'there is no such command in PATH' : reason;
  return `cannot start '${argv[0]}': ${detail ?? String(error)}`;
};

const runCommand = async (
  spec: CommandWorker,
  { task, scope, tools }: { task: Task; scope: RunScope; tools: RunnerTools },
): Promise<Outcome> => {
  const line = commandLine(spec, task, tools.environment);
  const [file = '', ...parameters] = line.argv;
  const mark = tools.leftovers.mark();
  try {
    const child = spawn(file, parameters, {
      cwd: line.cwd,
      env: { ...line.env, ...mark.environment },
      detached: true,
      // The pipe to ssh is never written to: that it ends is how the far side learns of an abort.
      stdio: [spec.host === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const output = readOutput(child, scope);
    const ended = endOfGroup(child);
    const disarm = armEscalation(scope, {
      ask: () => signalGroup(child, 'SIGTERM'),
      force: () => signalGroup(child, 'SIGKILL'),
    });
    return readExit(spec, await ended.finally(disarm), output);
  } catch (error) {
    return failed(whyNotStarted(line, error));
  } finally {
    mark.ended();
  }
};

/** Runs a command per unit, in a process group of its own: 0 is processed, 75 no data, 76 give up, all else a failure. */
export const commandRunner = (spec: CommandWorker, tools: RunnerTools): LiveRunner => ({
  instant: false,
  logBytes: spec.logBytes,
  run: (task, scope) => runCommand(spec, { task, scope, tools }),
});
