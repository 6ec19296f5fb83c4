import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SynergyError } from '../../domain/errors.ts';
import { QuietFailure } from './exit.ts';
import { print, shownOn } from './output.ts';

/** As in `confirm`. */
const NO_ANSWER = 1;
const INTERRUPTED = 130;

/** Bytes of standard input that are read. */
const LONGEST = 4096;

const refuse = (message: string): SynergyError => new SynergyError('INVALID_ARGUMENT', message);

/** What is not to be shown, and the option by which it is piped in. */
export interface Hidden {
  readonly what: string;
  readonly option: string;
}

const PASSWORD: Hidden = { what: 'password', option: '--password-stdin' };

/** Asks questions on the terminal, whose answers are not shown. */
const askQuestions = async (questions: readonly string[]): Promise<string[]> => {
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

/** Asks twice for something on the terminal, without an echo. Ctrl-C and Ctrl-D end the command as those of `confirm` do. */
export const askHidden = async (whose: string, { what, option }: Hidden): Promise<string> => {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw refuse(`there is no terminal to ask for the ${what} on: pipe it in with ${option}`);
  const [given = '', again] = await askQuestions([`${what} of ${whose}: `, 'the same again: ']);
  if (again !== given) throw refuse(`the two ${what}s are not the same: nothing was done, begin again`);
  return given;
};

/** What is piped in, without the newline at its end. */
export const readPiped = async ({ what, option }: Hidden): Promise<string> => {
  if (process.stdin.isTTY)
    throw refuse(`${option} reads what is piped in, and there is a terminal: leave it out`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST)
      throw refuse(`what is piped in as the ${what} is longer than ${LONGEST} bytes: expected one line`);
  }
  const text = Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '');
  if (text === '' || /[\r\n]/.test(text)) throw refuse(`expected the ${what} on standard input, in one line`);
  return text;
};

/** Asks twice for a password on the terminal. */
export const askPassword = (whose: string): Promise<string> => askHidden(whose, PASSWORD);

/** The password that is piped in. */
export const readPassword = (): Promise<string> => readPiped(PASSWORD);
