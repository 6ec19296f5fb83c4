import { createInterface } from 'node:readline/promises';
import { SynergyError } from '../domain/errors.ts';

/** Asks a yes-or-no question on the terminal; without one, `--yes` has to answer it. */
export const confirm = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new SynergyError(
      'INVALID_ARGUMENT',
      'there is no terminal to confirm on: add --yes, or look with --dry-run',
    );
  }
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
  } finally {
    reader.close();
  }
};
