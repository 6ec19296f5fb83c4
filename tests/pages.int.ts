import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { errorCodes } from '../domain/errors.ts';
import { httpErrors } from '../mx/http/error-status.ts';
import { pagePath, pages } from '../scripts/pages.ts';
import { settingNames } from '../settings/help.ts';

const PRODUCT = [
  'boot',
  'cluster',
  'commands',
  'db',
  'domain',
  'mq',
  'mx',
  'lib',
  'scheduler',
  'supervisor',
  'worker',
  'demo',
  'sqlite',
];

const sources = (): string =>
  PRODUCT.flatMap((folder) =>
    readdirSync(new URL(`../${folder}/`, import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(new URL(`../${folder}/${name}`, import.meta.url), 'utf8')),
  ).join('\n');

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
    assert.deepEqual(rows, [...Object.keys(errorCodes), ...Object.keys(httpErrors)]);
    assert.equal(new Set(rows).size, rows.length, 'a code with two meanings');
  });

  it('tell of no error that nothing raises', () => {
    const all = sources();
    const idle = [...Object.keys(errorCodes), ...Object.keys(httpErrors)].filter(
      (code) => !all.includes(`'${code}'`),
    );
    assert.deepEqual(idle, []);
  });
});
