import { fork } from 'node:child_process';
import type { HousekeepingResult } from '../../scheduler/maintenance/housekeeping.ts';
import type { Settings } from '../../settings.ts';
import { entryUrl } from '../entry/entry-url.ts';

/** What the child process is asked, and answers. */
export interface ChildQuestion {
  readonly task: 'check' | 'backup';
  readonly settings: Settings;
}
export type ChildAnswer = { readonly result: HousekeepingResult } | { readonly failure: string };

/** Does a task in a child process, which is killed when `stopping` aborts. Rejects when the task fails or the process dies. */
export const runInChild = async (
  task: ChildQuestion['task'],
  settings: Settings,
  stopping: AbortSignal,
): Promise<HousekeepingResult> => {
  const child = fork(entryUrl('housekeeping'), { stdio: 'ignore', signal: stopping, killSignal: 'SIGKILL' });
  const answer = await new Promise<ChildAnswer>((resolve, reject) => {
    child.once('message', (message) => resolve(message as ChildAnswer));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve({ failure: `its process ended before it was done (${signal ?? `exit code ${code}`})` });
    });
    child.send({ task, settings } satisfies ChildQuestion, () => undefined);
  });
  if (child.connected) child.disconnect();
  if ('failure' in answer) throw new Error(answer.failure);
  return answer.result;
};
