import { errorsPage } from './errors-page.ts';
import { metricsPage } from './metrics-page.ts';
import { settingsPage } from './settings-page.ts';

/** Pages of docs/ that are made from the code, by file name. */
export const pages: Readonly<Record<string, () => string>> = {
  'errors.md': errorsPage,
  'metrics.md': metricsPage,
  'settings.md': settingsPage,
};

/** Where a page lies. */
export const pagePath = (name: string): URL => new URL(`../docs/${name}`, import.meta.url);
