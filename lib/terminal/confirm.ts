import { createInterface } from 'node:readline/promises';
import { SynergyError } from '../../domain/errors.ts';
import { QuietFailure } from './exit.ts';
import { print, shownOn } from './output.ts';

/** Ctrl-D, or a terminal that is gone: no answer, so nothing is done. */
const NO_ANSWER = 1;
/** Ctrl-C: as shells report a program that was ended by SIGINT. */
const INTERRUPTED = 130;

/**
 * Asks a yes-or-no question on the terminal; without one, `--yes` has to answer it. Ctrl-C and Ctrl-D end the command,
 * with exit codes 130 and 1.
 */
export const confirm = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new SynergyError(
      'INVALID_ARGUMENT',
      'there is no terminal to confirm on: add --yes, or look with --dry-run',
    );
  }
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  let exitCode = NO_ANSWER;
  reader.once('SIGINT', () => {
    exitCode = INTERRUPTED;
    reader.close();
  });
  const closed = new Promise<never>((_, reject) => reader.once('close', () => reject(new Error('closed'))));
  let answer: string;
  try {
    answer = await Promise.race([reader.question(shownOn(process.stdout, `${question} [y/N] `)), closed]);
  } catch {
    print('\nnot done');
    throw new QuietFailure(exitCode);
  } finally {
    closed.catch(() => undefined);
    reader.close();
  }
  return /^y(es)?$/i.test(answer.trim());
};
