import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const findUp = (folder: string): string =>
  existsSync(join(folder, 'package.json')) ? folder : findUp(dirname(folder));

/** Folder of our package.json. Views and public files are not compiled: they lie beside `dist`, not in it. */
export const packageRoot: string = findUp(dirname(fileURLToPath(import.meta.url)));
