import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { openCollector } from '../support/otlp-collector.ts';
import type { WireSpan } from '../support/otlp-collector.ts';
import { synergy } from '../support/synergy.ts';
import type { Ended } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
  import { defineContext, managedProcess, tree } from 'synergy-scheduler';
  const daily = (name, rest) => managedProcess({ name, qualifier: 'daily', ...rest });
  const retry = { delay: '1s', maxDelay: '1s', maxAttempts: 1 };
  const processes = [
    daily('Identity', { identity: true }),
    daily('Handled', { handler: './work.ts' }),
    daily('Apart', { handler: './work.ts', isolation: 'process' }),
    daily('Commanded', { command: ['sh', '-c', 'echo "$TRACEPARENT" > Commanded.seen'] }),
    daily('Broken', { command: ['false'], retry }),
  ];
  export default defineContext({
    processes,
    trees: processes.map(({ name }) => tree({ name: name.toLowerCase(), processes: [name] })),
  });`;

const work = `
  import { writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  export default async ({ processName }, { traceparent }) => {
    writeFileSync(join(import.meta.dirname, processName + '.seen'), String(traceparent));
  };`;

describe('traces', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
    writeFileSync(join(folder, 'work.ts'), work);
  });

  const run = (...more: readonly string[]): Promise<Ended> => {
    const day = ['--start-timeperiod', '2026010100', '--as-of', '2026-01-02T00:30:00Z'];
    return synergy(folder, 'start', '--mx-port', '0', '--until-done', ...day, ...more).ended;
  };
  const seen = (name: string): string => readFileSync(join(folder, `${name}.seen`), 'utf8').trim();

  it('tell the life of each unit as one tree, across scheduler and worker, and handlers and commands know of it', async () => {
    const collector = await openCollector();
    const { code, stdout, stderr } = await run('--otlp', collector.url);
    await collector.close();
    // The jobs of one process were given up.
    assert.equal(code, 3, `${stdout}\n${stderr}`);
    assert.equal(new Set(collector.spans.map(({ traceId }) => traceId)).size, 5);
    const of = (name: string): WireSpan[] =>
      collector.spans.filter(({ attributes }) => attributes['synergy.process'] === name);
    for (const name of ['Identity', 'Handled', 'Apart', 'Commanded']) {
      const spans = of(name);
      const kinds = spans.map((span) => [span.name, span.service]).sort();
      assert.deepEqual(kinds, [
        [`claim ${name}`, 'synergy-worker'],
        [`job ${name}`, 'synergy-scheduler'],
        [`report ${name}`, 'synergy-worker'],
        [`request ${name}`, 'synergy-scheduler'],
        [`run ${name}`, 'synergy-worker'],
        [`unit ${name}`, 'synergy-scheduler'],
      ]);
      const root = spans.find((span) => span.name === `unit ${name}`);
      assert.equal(root?.parentSpanId ?? '', '');
      const others = spans.filter((span) => span !== root);
      assert.deepEqual([...new Set(others.map(({ parentSpanId }) => parentSpanId))], [root?.spanId]);
      assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 6);
      assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1);
      for (const { startTimeUnixNano: start } of others)
        assert.ok(BigInt(start) >= BigInt(root?.startTimeUnixNano ?? '0'));
      const runSpan = spans.find((span) => span.name === `run ${name}`);
      if (name !== 'Identity') assert.equal(seen(name), `00-${runSpan?.traceId}-${runSpan?.spanId}-01`, name);
    }
    const broken = of('Broken').find((span) => span.name === 'run Broken');
    assert.deepEqual(broken?.status, { code: 2, message: 'exit code 1' });
  });

  it('hold up nothing while the collector is away', async () => {
    const { code, stdout, stderr } = await run('--otlp', `http://127.0.0.1:${await freePort()}`);
    assert.equal(code, 3, `${stdout}\n${stderr}`);
    assert.match(seen('Handled'), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('are not sent unless they are asked for', async () => {
    const { code, stdout, stderr } = await run();
    assert.equal(code, 3, `${stdout}\n${stderr}`);
    assert.deepEqual([seen('Handled'), seen('Apart'), seen('Commanded')], ['undefined', 'undefined', '']);
  });
});
