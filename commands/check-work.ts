import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants, accessSync, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import type { CommandWorker, HandlerWorker, ProcessEntry } from '../domain/model/process.ts';
import { siblingModule } from './sibling-module.ts';

/** For so long a module may take to be imported, ms. */
const PATIENCE = 30_000;

/** Work that cannot be done here, and why, in one line. */
export interface WorkFault {
  readonly processName: string;
  readonly because: string;
}

/** What the child is asked, and answers. */
export type Question = Pick<HandlerWorker, 'module' | 'exportName'>;
export interface Answer {
  /** Null when there is a function to call. */
  readonly because: string | null;
}

export const faultText = ({ processName, because }: WorkFault): string => `${processName}: ${because}`;

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Why a command cannot be started; what runs on another host is looked at no further than its `ssh`. */
const commandFault = ({ argv, cwd, host }: CommandWorker): string | undefined => {
  const [program = ''] = host === undefined ? argv : ['ssh'];
  if (host === undefined && !isFolder(cwd)) return `working folder '${cwd}' does not exist`;
  if (program.includes('/')) {
    const path = resolve(cwd, program);
    return isProgram(path) ? undefined : `'${path}' is no program that can be executed`;
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const isThere = folders.some((folder) => isProgram(resolve(cwd, folder, program)));
  return isThere ? undefined : `there is no program '${program}' in PATH`;
};

type HandlerEntry = ProcessEntry & { readonly worker: HandlerWorker };

const isHandler = (entry: ProcessEntry): entry is HandlerEntry => entry.worker.kind === 'handler';

const startChild = (): ChildProcess => fork(siblingModule('check-work-child'), { stdio: 'ignore' });

/** Asks a child that imports a module; the child dying of it, or never answering, is an answer. */
const ask = (child: ChildProcess, question: Question): Promise<Answer> =>
  new Promise((answered) => {
    const done = (answer: Answer): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      answered(answer);
    };
    const onMessage = (answer: unknown): void => done(answer as Answer);
    const onExit = (code: number | null, signal: string | null): void =>
      done({
        because: `module '${question.module}' ended the process that imported it (${signal ?? `exit code ${code}`})`,
      });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      done({ because: `module '${question.module}' is not imported after ${PATIENCE / 1000} s` });
    }, PATIENCE);
    child.on('message', onMessage).once('exit', onExit);
    child.send(question, (error) => {
      if (error !== null) child.kill('SIGKILL');
    });
  });

/**
 * Imports the modules of handlers in a child process, where they can do no harm, one after the other; one that takes the
 * child along leaves the rest to another child.
 */
const handlerFaults = async (entries: readonly HandlerEntry[]): Promise<WorkFault[]> => {
  const faults: WorkFault[] = [];
  let child: ChildProcess | undefined;
  for (const { name, worker } of entries) {
    const question = { module: worker.module, exportName: worker.exportName };
    const isUsed = child?.connected === true;
    child = isUsed && child !== undefined ? child : startChild();
    let answer = await ask(child, question);
    if (isUsed && !child.connected) {
      // An earlier module may have ended it: this one alone shows.
      child = startChild();
      answer = await ask(child, question);
    }
    if (answer.because !== null) faults.push({ processName: name, because: answer.because });
  }
  child?.kill('SIGKILL');
  return faults;
};

const commandFaults = (entries: readonly ProcessEntry[]): WorkFault[] =>
  entries.flatMap(({ name, worker }) => {
    const because = worker.kind === 'command' ? commandFault(worker) : undefined;
    return because === undefined ? [] : [{ processName: name, because }];
  });

/** Looks whether the workers of processes could begin here: modules, exports, programs, folders. Never rejects. */
export const checkWork = async (entries: readonly ProcessEntry[]): Promise<WorkFault[]> => [
  ...commandFaults(entries),
  ...(await handlerFaults(entries.filter(isHandler))),
];
