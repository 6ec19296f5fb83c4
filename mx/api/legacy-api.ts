import { z } from 'zod';
import { isJobFinished } from '../../domain/machine/transition.ts';
import { cast } from '../../domain/time/timeperiod.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { NodeView, ProcessSummary, SchedulerApi, TreeSummary } from '../../scheduler/api/api.ts';
import { readInput } from '../http/input.ts';

/*
 * Trees and nodes once more, under `/scheduler/`. Not compatible with any other scheduler: states, qualifiers and what
 * else stands in the fields are this scheduler's own.
 */

/** Nodes at the top of a tree. */
const MAX_NODES = 168;

const restJob = (node: NodeView): object => ({
  process_name: node.processName,
  timeperiod: node.timeperiod,
  time_qualifier: node.qualifier,
  number_of_children: node.childCount,
  state: `STATE_${node.state}`,
  is_finished: isJobFinished(node.state),
});

const restProcess = ({ process, on, trigger, oldestUnfinished }: ProcessSummary): object => ({
  process_name: process.name,
  state: on ? 'STATE_ON' : 'STATE_OFF',
  time_qualifier: process.qualifier,
  state_machine: process.strategy,
  process_type: process.kind,
  blocking_type: process.blocking,
  next_timeperiod: oldestUnfinished,
  trigger_frequency: trigger,
});

const restTree = (
  tree: TreeSummary,
  all: readonly TreeSummary[],
  managed: readonly ProcessSummary[],
): object => ({
  tree_name: tree.name,
  mx_page: tree.page,
  mx_name: tree.description,
  dependent_on: tree.dependsOn,
  dependant_trees: all.filter(({ dependsOn }) => dependsOn.includes(tree.name)).map(({ name }) => name),
  sorted_process_names: tree.processes.map(({ name }) => name),
  processes: Object.fromEntries(
    managed
      .filter((summary) => summary.tree === tree.name)
      .map((summary) => [summary.process.name, restProcess(summary)]),
  ),
});

/** `GET /scheduler/trees/`: trees by name. */
export const legacyTrees = async (api: SchedulerApi): Promise<object> => {
  const [trees, managed] = [api.trees(), await api.managed()];
  return Object.fromEntries(trees.map((tree) => [tree.name, restTree(tree, trees, managed)]));
};

const nodesQuery = z.strictObject({ process_name: z.string(), timeperiod: z.string().optional() });

const byTimeperiod = (nodes: readonly NodeView[]): object =>
  Object.fromEntries(nodes.map((node) => [node.timeperiod, restJob(node)]));

/** `GET /scheduler/tree/nodes/?process_name=…[&timeperiod=…]`: a node and its children, or the top of its tree. */
export const legacyNodes = (api: SchedulerApi, query: unknown): object => {
  const { process_name: processName, timeperiod } = readInput(nodesQuery, query, 'query');
  const tree = api.trees().find(({ processes }) => processes.some(({ name }) => name === processName));
  if (tree === undefined) throw new SynergyError('NOT_FOUND', `there is no managed process '${processName}'`);
  if (timeperiod === undefined) {
    return { node: null, children: byTimeperiod(api.roots(tree.name, { limit: MAX_NODES }).nodes) };
  }
  const qualifier = tree.processes.find(({ name }) => name === processName)?.qualifier ?? 'hourly';
  const key = { processName, timeperiod: cast(qualifier, timeperiod) };
  return { node: restJob(api.node(key)), children: byTimeperiod(api.children(key)) };
};
