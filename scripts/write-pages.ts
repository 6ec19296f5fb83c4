import { writeFileSync } from 'node:fs';
import { pagePath, pages } from './pages.ts';

for (const [name, page] of Object.entries(pages)) writeFileSync(pagePath(name), page());
