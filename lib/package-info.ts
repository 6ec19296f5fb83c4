import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const above = import.meta.url.endsWith('.ts') ? '../' : '../../';

/**
 * Folder of our package.json, with a slash at its end: above the compiled files, beside the sources. Views and public
 * files are not compiled: they lie beside `dist`, not in it.
 */
export const packageRoot = fileURLToPath(new URL(above, import.meta.url));

const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };

export const packageVersion = manifest.version;
