import { readFileSync } from 'node:fs';

/** Folder of our package.json: above the compiled files, beside the sources. */
export const packageFolder = new URL(import.meta.url.endsWith('.ts') ? '../' : '../../', import.meta.url);

const manifest = JSON.parse(readFileSync(new URL('package.json', packageFolder), 'utf8')) as {
  version: string;
};

export const packageVersion = manifest.version;
