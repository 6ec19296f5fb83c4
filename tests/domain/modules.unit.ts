import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const domain = new URL('../../domain/', import.meta.url);
const modules = readdirSync(domain, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
);
// As mocha does with the tests themselves, so that nothing is loaded a second time.
const load = createRequire(import.meta.url);

// Modules of types alone would otherwise never be loaded, and count as uncovered.
describe('modules of domain/', () => {
  it('load, and export by name', () => {
    assert.ok(modules.length > 0);
    for (const path of modules) {
      const module = load(`../../domain/${path}`) as object;
      assert.equal('default' in module, false, `${path} has a default export: names are easier to find`);
    }
  });
});
