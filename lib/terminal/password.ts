import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SynergyError } from '../../domain/errors.ts';
import { QuietFailure } from './exit.ts';
import { print, shownOn } from './output.ts';

/** As in `confirm`. */
const NO_ANSWER = 1;
const INTERRUPTED = 130;

/** Bytes of standard input that are read for a password. */
const LONGEST = 4096;

const refuse = (message: string): SynergyError => new SynergyError('INVALID_ARGUMENT', message);

/** Asks questions on the terminal, whose answers are not shown. */
const askHidden = async (questions: readonly string[]): Promise<string[]> => {
  // The interface echoes what is typed to its output; the terminal itself does not from here on.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  let exitCode = NO_ANSWER;
  reader.once('SIGINT', () => {
    exitCode = INTERRUPTED;
    reader.close();
  });
  const closed = new Promise<never>((_, reject) => reader.once('close', () => reject(new Error('closed'))));
  const answers: string[] = [];
  try {
    for (const question of questions) {
      process.stdout.write(shownOn(process.stdout, question));
      answers.push(await Promise.race([reader.question(''), closed]));
      print('');
    }
    return answers;
  } catch {
    print('\nnot done');
    throw new QuietFailure(exitCode);
  } finally {
    closed.catch(() => undefined);
    reader.close();
  }
};

/** Asks twice for a password on the terminal, without an echo. Ctrl-C and Ctrl-D end the command as those of `confirm` do. */
export const askPassword = async (whose: string): Promise<string> => {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw refuse('there is no terminal to ask for the password on: pipe it in with --password-stdin');
  const [password = '', again] = await askHidden([`password of ${whose}: `, 'the same again: ']);
  if (again !== password) throw refuse('the two passwords are not the same: nothing was done, begin again');
  return password;
};

/** The password that is piped in, without the newline at its end. */
export const readPassword = async (): Promise<string> => {
  if (process.stdin.isTTY)
    throw refuse(
      '--password-stdin reads what is piped in, and there is a terminal: leave it out to be asked',
    );
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST)
      throw refuse(`what is piped in as the password is longer than ${LONGEST} bytes: expected one line`);
  }
  const password = Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '');
  if (password === '' || /[\r\n]/.test(password))
    throw refuse('expected the password on standard input, in one line');
  return password;
};
