import { didYouMean } from '../did-you-mean.ts';
import { findCycle } from './cycle.ts';
import { checkDependencies } from './dependency-check.ts';
import { findManaged, managedByName, processesOf } from './dependencies.ts';
import { checkName, checkProcess } from './process-check.ts';
import type { ManagedProcess, ProcessContext, Tree } from './process.ts';
import { workQueue } from './queue-name.ts';
import { invalidContext } from './option-reader.ts';

/**
 * Checks that all that is registered makes sense together. What is allowed but probably not meant is returned
 * as warnings, one line each. Throws INVALID_CONTEXT naming the first culprits found.
 */
export const validateContext = (context: ProcessContext): { readonly warnings: readonly string[] } => {
  checkProcesses(context);
  checkTrees(context);
  checkEventTriggers(context);
  checkDependencies(context);
  return { warnings: missingLevels(context) };
};

const checkProcesses = ({ processes }: ProcessContext): void => {
  const twice = firstRepeated(processes.map(({ name }) => name));
  if (twice !== undefined) throw invalidContext(`two processes are called '${twice}'`);
  const queue = firstRepeated(processes.map(workQueue));
  if (queue !== undefined) {
    const sharing = quoted(processes.filter((process) => workQueue(process) === queue));
    throw invalidContext(`processes ${sharing} would share the queue '${queue}': rename one of them`);
  }
  processes.forEach(checkProcess);
};

const firstRepeated = <T>(values: readonly T[]): T | undefined => {
  const seen = new Set<T>();
  return values.find((value) => seen.size === seen.add(value).size);
};

const quoted = (named: readonly { readonly name: string }[]): string =>
  named.map(({ name }) => `'${name}'`).join(' and ');

const checkEventTriggers = ({ eventTriggers = [] }: ProcessContext): void => {
  const twice = firstRepeated(eventTriggers.map(({ owner, id }) => `${owner}/${id}`));
  if (twice !== undefined) throw invalidContext(`two event triggers are called '${twice}'`);
};

const checkTrees = (context: ProcessContext): void => {
  const { trees } = context;
  const names = trees.map(({ name }) => name);
  const twice = firstRepeated(names);
  if (twice !== undefined) throw invalidContext(`two trees are called '${twice}'`);
  for (const tree of trees) {
    checkName(`tree '${tree.name}'`, tree.name);
    checkLevels(tree, context);
    const unknown = tree.dependsOn.find((name) => !names.includes(name));
    if (unknown === undefined) continue;
    const hint = didYouMean(unknown, names);
    throw invalidContext(`tree '${tree.name}' depends on '${unknown}', which is no tree${hint}`);
  }
  const cycle = findCycle(
    trees.flatMap(({ name, dependsOn }) => dependsOn.map((to) => ({ from: name, to }))),
  );
  if (cycle) throw invalidContext(`trees depend on each other in a circle: ${cycle.join(' -> ')}`);
  checkPlaces(context);
};

/** The processes of a tree: known, managed, of different qualifiers. */
const checkLevels = (tree: Tree, context: ProcessContext): void => {
  const where = `tree '${tree.name}'`;
  if (tree.processes.length === 0) throw invalidContext(`${where} has no processes: expected at least one`);
  const processes = tree.processes.map((name) => findManaged(context, name, `${where} names`));
  const twice = firstRepeated(tree.processes);
  if (twice !== undefined) throw invalidContext(`${where} names '${twice}' twice`);
  const qualifier = firstRepeated(processes.map((process) => process.qualifier));
  if (qualifier === undefined) return;
  const level = quoted(processes.filter((process) => process.qualifier === qualifier));
  throw invalidContext(`${where} has several ${qualifier} processes, ${level}: a tree has one at most`);
};

/** Every managed process is in one tree. */
const checkPlaces = (context: ProcessContext): void => {
  for (const name of managedByName(context).keys()) {
    const homes = context.trees.filter((tree) => tree.processes.includes(name));
    if (homes.length === 1) continue;
    const place = homes.length === 0 ? 'no tree' : `several trees, ${quoted(homes)}`;
    throw invalidContext(`process '${name}' is in ${place}: a managed process needs a place in one tree`);
  }
};

/** Processes that wait for nothing in a tree that their tree depends on, and do not say what for instead. */
const missingLevels = (context: ProcessContext): string[] => {
  const managed = managedByName(context);
  const pairs = context.trees.flatMap((tree) =>
    context.trees.filter(({ name }) => tree.dependsOn.includes(name)).map((other) => ({ tree, other })),
  );
  return pairs.flatMap(({ tree, other }) => {
    const inputs = processesOf(other, managed);
    const waits = ({ qualifier, dependencies }: ManagedProcess): boolean =>
      inputs.some(
        (input) => input.qualifier === qualifier || dependencies.some((own) => own.process === input.name),
      );
    return processesOf(tree, managed)
      .filter((process) => !waits(process))
      .map(
        ({ name, qualifier }) =>
          `tree '${tree.name}' depends on '${other.name}', which has no ${qualifier} process: '${name}' waits for nothing there`,
      );
  });
};
