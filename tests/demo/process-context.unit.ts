import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { validateContext } from '../../domain/model/validate.ts';
import demoSuite from '../../process_context.ts';

const suite = (change: { accessLog?: string; startTimeperiod?: string } = {}) =>
  demoSuite({ accessLog: undefined, startTimeperiod: undefined, clockOffset: 0, ...change });

const collectorArguments = (context: ReturnType<typeof suite>) =>
  context.processes.find(({ name }) => name === 'SessionCollector')?.arguments;

describe('the demo suite', () => {
  it('makes sense as a whole, without a warning', () => {
    assert.deepEqual(validateContext(suite()).warnings, []);
    assert.deepEqual(
      suite().trees.map(({ name, dependsOn }) => [name, dependsOn]),
      [
        ['site', []],
        ['client', ['site']],
        ['alert', ['site']],
      ],
    );
  });

  it('names handlers that are there', async () => {
    for (const { worker } of suite().processes) {
      assert.ok(worker.kind === 'handler');
      const module = new URL(worker.module, new URL('../../process_context.ts', import.meta.url));
      assert.ok(existsSync(module), worker.module);
      const loaded = (await import(module.href)) as { default: unknown };
      assert.equal(typeof loaded.default, 'function', worker.module);
    }
  });

  it('hands the access log and the start to the collector', () => {
    assert.deepEqual(collectorArguments(suite()), { accessLog: null, startTimeperiod: null, clockOffset: 0 });
    assert.deepEqual(collectorArguments(suite({ accessLog: '/a.log', startTimeperiod: '2015051700' })), {
      accessLog: '/a.log',
      startTimeperiod: '2015051700',
      clockOffset: 0,
    });
  });
});
