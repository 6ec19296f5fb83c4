import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';

const domain = new URL('../../domain/', import.meta.url);
const modules = readdirSync(domain, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));

// Modules of types alone would otherwise never be loaded, and count as uncovered.
describe('modules of domain/', () => {
  it('load, and export by name', async () => {
    assert.ok(modules.length > 0);
    for (const path of modules) {
      const module = (await import(new URL(path, domain).href)) as object;
      assert.equal('default' in module, false, `${path} has a default export: names are easier to find`);
    }
  });
});
