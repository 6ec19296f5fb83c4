import { createRequire } from 'node:module';
import { escapeText } from './escape-text.ts';

type Done = (error: Error | null, text?: string) => void;

/** What is used of EJS, which comes without types. */
interface Ejs {
  readonly renderFile: (path: string, data: object, options: object, done: Done) => void;
}

const { renderFile } = createRequire(import.meta.url)('ejs') as Ejs;

/** Renders the views of a folder for express: each is read once, and what `<%= %>` holds is escaped by `escapeText`. */
export const viewEngine =
  (folder: string) =>
  (path: string, data: object, done: Done): void =>
    renderFile(path, data, { views: [folder], cache: true, escape: escapeText }, done);
