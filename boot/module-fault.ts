import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SynergyError } from '../domain/errors.ts';
import { oneLine } from '../domain/one-line.ts';

/** How long Node.js may take to say where the syntax error is, ms. */
const PATIENCE = 10_000;
/** This program, whose own lines are not what the user has to mend. */
const own = dirname(import.meta.dirname);

const plain = (path: string): string => (path.startsWith('file:') ? fileURLToPath(path) : path);

/** `path:line` or `path:line:column` out of the stack: the first that is neither Node's, nor a library's, nor ours. */
const placeInStack = (stack: string): string | undefined => {
  const places = /^(?:\s+at (?:async )?(?:.*? \()?)?((?:file:\/\/)?\/.*?)((?::\d+){1,2})\)?$/gm;
  for (const [, path = '', position = ''] of stack.matchAll(places)) {
    const file = plain(path);
    if (!file.includes('/node_modules/') && !file.startsWith(`${own}/`)) return `${file}${position}`;
  }
  return undefined;
};

/** Node.js knows where a syntax error is, but prints that only when the error is not caught. */
const placeOfSyntaxError = (url: string): string | undefined => {
  const { stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', `await import(${JSON.stringify(url)})`],
    { encoding: 'utf8', timeout: PATIENCE, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const [, path, line] = /^(file:\/\/\S+):(\d+)$/m.exec(stderr) ?? [];
  return path === undefined ? undefined : `${fileURLToPath(path)}:${line}`;
};

const describe = (error: Error, url: string): { place: string | undefined; text: string } => {
  const parsed = /^(?:ParseError: )?(.*?)\s*\n\s*(\/\S+:\d+:\d+)$/s.exec(error.message);
  if (parsed !== null) return { place: parsed[2], text: `SyntaxError: ${parsed[1] ?? ''}` };
  const [line = ''] = error.message.split('\n');
  const text = error.name === 'Error' || error instanceof SynergyError ? line : `${error.name}: ${line}`;
  const place = placeInStack(error.stack ?? '');
  if (place !== undefined || !(error instanceof SyntaxError)) return { place, text };
  return { place: placeOfSyntaxError(url), text };
};

/**
 * What was thrown while a module was imported, with file and line in its message: where it was thrown or cannot be
 * parsed, as far as that can be found out; at least the file. A `SynergyError` stays one.
 */
export const moduleFault = (thrown: unknown, url: string): Error => {
  const file = fileURLToPath(url);
  if (!existsSync(file)) return new Error(`there is no file '${file}'`, { cause: thrown });
  const error = thrown instanceof Error ? thrown : new Error(`threw ${oneLine(String(thrown))}`);
  const { place, text } = describe(error, url);
  const message = `${place ?? file}: ${text}`;
  if (error instanceof SynergyError) return new SynergyError(error.code, message, { cause: thrown });
  return new Error(message, { cause: thrown });
};
