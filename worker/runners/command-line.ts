import type { CommandWorker } from '../../domain/model/process.ts';
import { SERVICE_MARK } from '../../lib/os/process-mark.ts';
import type { Task } from '../run-scope.ts';

/** What is handed to the operating system. */
export interface CommandLine {
  readonly argv: readonly string[];
  /** Working directory; undefined for a remote command, which changes into its own. */
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The last is the mark by which the supervisor finds what a killed worker left behind. */
const ALWAYS = ['PATH', 'HOME', 'LANG', 'TZ', SERVICE_MARK];

const pick = (environment: Environment, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );

const taskVariables = ({
  uow,
  processName,
  arguments: given,
  traceparent,
}: Task): Record<string, string> => ({
  SYNERGY_PROCESS: processName,
  SYNERGY_ARGUMENTS: JSON.stringify(given),
  ...(uow && {
    SYNERGY_UOW_ID: uow.id,
    SYNERGY_TIMEPERIOD: uow.timeperiod,
    SYNERGY_START_TIMEPERIOD: uow.startTimeperiod,
    SYNERGY_END_TIMEPERIOD: uow.endTimeperiod,
    ...(uow.startId !== null && { SYNERGY_START_ID: String(uow.startId) }),
    ...(uow.endId !== null && { SYNERGY_END_ID: String(uow.endId) }),
    SYNERGY_TOKEN: uow.token ?? '',
    SYNERGY_ATTEMPT: String(uow.attempt),
  }),
  ...(traceparent !== undefined && { TRACEPARENT: traceparent }),
});

/** One word for a POSIX shell, whatever is in it. */
export const shellQuote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/**
 * Script for the far side. ssh does not tell it when it is killed here, but standard input ends then: a watcher, which
 * must be built-ins only to be gone at once itself, ends the command, which would otherwise go on beside its own retry.
 */
const remoteScript = (spec: CommandWorker, variables: Readonly<Record<string, string>>): string => {
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const command = ['env', ...assignments, ...spec.argv].map(shellQuote).join(' ');
  return [
    `cd ${shellQuote(spec.cwd)} || exit`,
    `exec 3<&0`,
    `${command} </dev/null 3<&- & job=$!`,
    `{ while read -r nothing <&3; do :; done; kill "$job"; } >/dev/null 2>&1 & watch=$!`,
    `exec 3<&-`,
    `wait "$job"; code=$?`,
    `kill "$watch" 2>/dev/null`,
    `exit "$code"`,
  ].join('\n');
};

/** Command line of a task. Of the environment it gets PATH, HOME, LANG, TZ, what its entry allows, `SYNERGY_*` and `TRACEPARENT` about the task. */
export const commandLine = (spec: CommandWorker, task: Task, environment: Environment): CommandLine => {
  const variables = { ...pick(environment, spec.env), ...taskVariables(task) };
  const base = pick(environment, ALWAYS);
  if (spec.host === undefined) return { argv: spec.argv, cwd: spec.cwd, env: { ...base, ...variables } };
  const ssh = ['ssh', '-o', 'BatchMode=yes', '-o', 'ServerAliveInterval=15', '--', spec.host];
  // Whatever shell the user has over there, the script is for this one.
  return {
    argv: [...ssh, `exec sh -c ${shellQuote(remoteScript(spec, variables))}`],
    cwd: undefined,
    env: base,
  };
};
