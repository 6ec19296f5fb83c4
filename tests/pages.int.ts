import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { errorCodes } from '../domain/errors.ts';
import { pagePath, pages } from '../scripts/pages.ts';
import { settingNames } from '../settings.ts';

const text = (name: string): string => readFileSync(pagePath(name), 'utf8');

describe('pages made from the code', () => {
  for (const [name, page] of Object.entries(pages)) {
    it(`docs/${name} is what the code says now; otherwise run \`npm run docs\``, () => {
      assert.equal(text(name), page());
    });
  }

  it('have a section for every setting and a row for every error', () => {
    const sections = [...text('settings.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    assert.deepEqual(sections, settingNames);
    const rows = [...text('errors.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
    assert.deepEqual(rows, Object.keys(errorCodes));
  });
});
