import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-info.ts';

const folder = join(packageRoot, 'mx', 'views');
const views = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.ejs'));

describe('the views', () => {
  it('are here', () => assert.ok(views.length > 20));

  for (const name of views) {
    it(`escape all data, and hold neither scripts nor styles: ${name}`, () => {
      const text = readFileSync(join(folder, name), 'utf8');
      for (const [, raw = ''] of text.matchAll(/<%-(.*?)%>/gs)) assert.match(raw, /^ include\(/);
      assert.doesNotMatch(
        text,
        /<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=["']js/i,
      );
      assert.doesNotMatch(text, /https?:\/\//);
    });
  }
});
