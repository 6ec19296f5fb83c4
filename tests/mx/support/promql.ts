import { parser } from '@prometheus-io/lezer-promql';

/** Labels by the names of the metrics that a server tells. */
export type KnownMetrics = ReadonlyMap<string, ReadonlySet<string>>;

/** Added by Prometheus itself. */
const OF_THE_TARGET = ['instance', 'job'];

/** What is wrong with an expression of Prometheus: its syntax, a metric, or a label that a metric it names has not. `shown`: labels that its result is to have. */
export const faultsOf = (
  expression: string,
  known: KnownMetrics,
  shown: readonly string[] = [],
): string[] => {
  const faults: string[] = [];
  const named: string[] = [];
  const grouped: string[] = [...shown];
  let labels: ReadonlySet<string> = new Set();
  parser.parse(expression).iterate({
    enter: ({ type, from, to, node }) => {
      const text = expression.slice(from, to);
      if (type.isError) faults.push(`cannot be read at ${from}`);
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') {
        labels = known.get(text) ?? new Set();
        if (!known.has(text)) faults.push(`no metric ${text}`);
        named.push(text);
      }
      if (type.name !== 'LabelName') return;
      if (node.parent?.name === 'GroupingLabels') grouped.push(text);
      else if (!labels.has(text) && !OF_THE_TARGET.includes(text))
        faults.push(`no label ${text} of ${named.at(-1)}`);
    },
  });
  if (named.length === 0) faults.push('names no metric');
  const all = new Set([...OF_THE_TARGET, ...named.flatMap((name) => [...(known.get(name) ?? [])])]);
  return [...faults, ...grouped.filter((label) => !all.has(label)).map((label) => `no label ${label}`)];
};
