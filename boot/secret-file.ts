import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const inFile = 'file:';

/**
 * The content of the file where a text reads `file:` and a path, which starts at `folder`; else the text itself. For
 * secrets, which a command line would show. Calls `refuse` with the reason when the file cannot be read.
 */
export const readSecretFile = (folder: string, text: string, refuse: (because: string) => Error): string => {
  if (!text.startsWith(inFile)) return text;
  const path = resolve(folder, text.slice(inFile.length));
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw refuse(`file '${path}' cannot be read (${code})`);
  }
};
