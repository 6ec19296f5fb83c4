import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants, accessSync, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import type { CommandWorker, HandlerWorker, ProcessEntry } from '../../domain/model/process.ts';
import { entryUrl } from '../entry/entry-url.ts';

/** For so long a module may take to be imported, ms. */
const PATIENCE = 30_000;

/** What the child is asked, and answers. */
export type WorkQuestion = Pick<HandlerWorker, 'module' | 'exportName'>;
export interface WorkAnswer {
  /** Null when there is a function to call. */
  readonly because: string | null;
}

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

const startChild = (): ChildProcess => fork(entryUrl('check-work'), { stdio: 'ignore' });

/** Asks a child that imports a module; the child dying of it, or never answering, is an answer. */
const ask = (child: ChildProcess, question: WorkQuestion): Promise<WorkAnswer> =>
  new Promise((answered) => {
    const done = (answer: WorkAnswer): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      answered(answer);
    };
    const onMessage = (answer: unknown): void => done(answer as WorkAnswer);
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

/** Imports modules in a child process, where they can do no harm; one that takes the child along leaves the rest to another. */
const createImporter = () => {
  let child: ChildProcess | undefined;
  return {
    fault: async ({ module, exportName }: HandlerWorker): Promise<string | undefined> => {
      const used = child?.connected === true ? child : undefined;
      let answer = await ask((child = used ?? startChild()), { module, exportName });
      // An earlier module may have ended a child that was used before: in a fresh one this module is alone.
      if (used?.connected === false) answer = await ask((child = startChild()), { module, exportName });
      return answer.because ?? undefined;
    },
    end: () => child?.kill('SIGKILL'),
  };
};

/**
 * Looks whether the workers of processes could begin here: modules, exports, programs, folders. Answers by process why not,
 * in one line, or undefined; modules are imported one after the other, in the order given. Nothing rejects.
 */
export const examineWork = (
  entries: readonly ProcessEntry[],
): ReadonlyMap<string, Promise<string | undefined>> => {
  const importer = createImporter();
  const answers = new Map<string, Promise<string | undefined>>();
  let turn: Promise<unknown> = Promise.resolve();
  for (const { name, worker } of entries) {
    let answer = Promise.resolve(worker.kind === 'command' ? commandFault(worker) : undefined);
    if (worker.kind === 'handler') turn = answer = turn.then(() => importer.fault(worker));
    answers.set(name, answer);
  }
  void turn.then(importer.end);
  return answers;
};

/** What `examineWork` finds, all of it: a line for each process whose work cannot be done here. */
export const checkWork = async (entries: readonly ProcessEntry[]): Promise<string[]> => {
  const faults: string[] = [];
  for (const [processName, answer] of examineWork(entries)) {
    const because = await answer;
    if (because !== undefined) faults.push(`${processName}: ${because}`);
  }
  return faults;
};
