import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-info.ts';
import { createRequestHistogram } from '../../mx/http/measure-requests.ts';
import { counted, gauges } from '../../mx/metrics.ts';
import { createMeasurements } from '../../scheduler/measurements.ts';
import { faultsOf } from './support/promql.ts';
import type { KnownMetrics } from './support/promql.ts';
import { serve } from './support/served.ts';

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Variable {
  readonly name: string;
  readonly query: string | { readonly query: string };
}

interface Board {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { alert: string; expr: string; annotations: Record<string, string> }[];
  }[];
}

// mocha brings a reader of YAML for its own settings.
const { load } = createRequire(createRequire(import.meta.url).resolve('mocha'))('js-yaml') as {
  load: (text: string) => unknown;
};

const read = (name: string): string => readFileSync(join(packageRoot, 'deploy', name), 'utf8');

/** What a scrape tells of the process comes from a library: it is asked. The rest has samples only where there is something to tell. */
const knownMetrics = async (): Promise<KnownMetrics> => {
  const served = await serve();
  const { body } = await served.ask('/metrics');
  await served.close();
  const known = new Map<string, ReadonlySet<string>>();
  for (const [, name = ''] of body.matchAll(/^((?:process|nodejs)_\w+)[ {]/gm)) known.set(name, new Set());
  for (const { name, labels = [] } of gauges) known.set(name, new Set(labels));
  const tallies = { ...createMeasurements([]), requests: createRequestHistogram() };
  for (const key of Object.keys(counted) as (keyof typeof counted)[]) {
    const { name } = counted[key];
    const { kind, labelNames } = tallies[key];
    if (kind === 'counter') known.set(name, new Set(labelNames));
    else {
      for (const end of ['_sum', '_count']) known.set(name + end, new Set(labelNames));
      known.set(`${name}_bucket`, new Set([...labelNames, 'le']));
    }
  }
  return known;
};

const board = JSON.parse(read('grafana/synergy.json')) as Board;
const { groups } = load(read('prometheus/alerts.yml')) as Rules;

/** As Grafana puts its variables in. */
const filledIn = (expression: string): string =>
  expression.replaceAll('$__rate_interval', '5m').replace(/\$(instance|process)\b/g, '.*');

const labelsIn = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, label = '']) => label);

describe('the dashboard of Grafana and the alerts of Prometheus', () => {
  let known: KnownMetrics;
  before(async () => {
    known = await knownMetrics();
  });

  for (const { title, targets = [] } of board.panels)
    for (const { expr, legendFormat } of targets)
      it(`show in the panel “${title}” metrics and labels that there are: ${legendFormat}`, () => {
        const shown = labelsIn(legendFormat, /\{\{(\w+)\}\}/g);
        assert.deepEqual(faultsOf(filledIn(expr), known, shown), []);
      });

  for (const { alert, expr, annotations } of groups.flatMap(({ rules }) => rules))
    it(`alert with ${alert} by metrics and labels that there are`, () => {
      const shown = labelsIn(Object.values(annotations).join(' '), /\$labels\.(\w+)/g);
      assert.deepEqual(faultsOf(expr, known, shown), []);
    });

  it('choose by values that there are', () => {
    const queries = board.templating.list.flatMap(({ query }) =>
      typeof query === 'string' ? [] : query.query,
    );
    assert.equal(queries.length, 2);
    for (const query of queries) {
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      assert.deepEqual(faultsOf(filledIn(selector), known, [label]), []);
    }
    for (const { expr } of board.annotations.list) assert.deepEqual(faultsOf(filledIn(expr), known), []);
  });

  it('show every metric but those of the process somewhere', () => {
    const all = JSON.stringify([board, groups]);
    const names = [...gauges, ...Object.values(counted)].map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => !all.includes(name)),
      [],
    );
  });

  it('have panels that fill their rows and do not overlap', () => {
    const cells = new Set<string>();
    for (const { title, gridPos } of board.panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(x < 24 && !cells.has(`${x} ${y}`), `${title} at ${x} ${y}`);
          cells.add(`${x} ${y}`);
        }
    const height = Math.max(...board.panels.map(({ gridPos: { y, h } }) => y + h));
    assert.equal(cells.size, 24 * height);
  });

  it('are found out when they name what there is not', () => {
    const faults = (expression: string, shown?: string[]) => faultsOf(expression, known, shown);
    assert.deepEqual(faults('synergy_nothing > 0'), ['no metric synergy_nothing']);
    assert.deepEqual(faults('sum(synergy_jobs{queue="a"})'), ['no label queue of synergy_jobs']);
    assert.deepEqual(faults('sum by (box) (synergy_jobs)'), ['no label box']);
    assert.deepEqual(faults('synergy_jobs', ['box']), ['no label box']);
    assert.match(faults('sum(synergy_jobs').join(), /cannot be read/);
  });
});
