import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { settingsPage, settingsPagePath } from '../scripts/settings-page.ts';
import { settingNames } from '../settings.ts';

describe('docs/settings.md', () => {
  it('is what the settings say now; otherwise run `npm run docs`', () => {
    assert.equal(readFileSync(settingsPagePath, 'utf8'), settingsPage());
  });

  it('has a section for every setting', () => {
    const sections = [...settingsPage().matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    assert.deepEqual(sections, settingNames);
  });
});
