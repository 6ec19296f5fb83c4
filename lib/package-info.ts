import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Folder of our package.json: above the compiled files, beside the sources. */
export const packageFolder = new URL(import.meta.url.endsWith('.ts') ? '../' : '../../', import.meta.url);

/** The same as a path. Views and public files are not compiled: they lie beside `dist`, not in it. */
export const packageRoot = fileURLToPath(packageFolder);

const manifest = JSON.parse(readFileSync(new URL('package.json', packageFolder), 'utf8')) as {
  version: string;
};

export const packageVersion = manifest.version;
