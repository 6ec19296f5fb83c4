import { didYouMean } from '../did-you-mean.ts';
import type { Dependency, ManagedProcess, Mapping, ProcessContext, Tree } from './process.ts';
import { invalidContext } from './option-reader.ts';

/** The managed processes by name, in the order of the context. */
export const managedByName = (context: ProcessContext): ReadonlyMap<string, ManagedProcess> =>
  new Map(context.processes.filter((entry) => entry.kind === 'managed').map((entry) => [entry.name, entry]));

/**
 * The managed process called `name`, which was written `where`, such as `tree 'site' names`. Throws
 * INVALID_CONTEXT with the nearest name.
 */
export const findManaged = (context: ProcessContext, name: string, where: string): ManagedProcess => {
  const process = context.processes.find((entry) => entry.name === name);
  if (process?.kind === 'managed') return process;
  const hint = didYouMean(name, managedByName(context).keys());
  throw invalidContext(`${where} '${name}', which is ${process ? `a ${process.kind}` : 'no'} process${hint}`);
};

/** Offsets of the mapping in periods of the input, both inclusive. `same` and `containing` are the period around. */
export const offsetsOf = (mapping: Mapping): readonly [number, number] => {
  if (typeof mapping === 'string') return [0, 0];
  return typeof mapping.offset === 'number' ? [mapping.offset, mapping.offset] : mapping.offset;
};

/** The managed processes of a tree, in the order it names them. */
export const processesOf = (tree: Tree, managed: ReadonlyMap<string, ManagedProcess>): ManagedProcess[] =>
  tree.processes.map((name) => managed.get(name)).filter((process) => process !== undefined);

/**
 * What every managed process waits for beside its children, by its name: the `same` period of the same-qualifier
 * process in each tree that its tree depends on, and its own declarations. An own declaration on such a process
 * takes the place of the default. Unknown names are left out; `validateContext` refuses them.
 */
export const effectiveDependencies = (
  context: ProcessContext,
): ReadonlyMap<string, readonly Dependency[]> => {
  const managed = managedByName(context);
  const inputsOf = ({ name, qualifier }: ManagedProcess): ManagedProcess[] => {
    const above = context.trees
      .filter((tree) => tree.processes.includes(name))
      .flatMap((tree) => tree.dependsOn);
    return context.trees
      .filter((tree) => above.includes(tree.name))
      .flatMap((tree) => processesOf(tree, managed))
      .filter((other) => other.qualifier === qualifier);
  };
  const dependenciesOf = (process: ManagedProcess): Dependency[] => {
    const own = process.dependencies.filter((dependency) => managed.has(dependency.process));
    const declared = new Set(own.map((dependency) => dependency.process));
    const defaults = inputsOf(process).filter(({ name }) => !declared.has(name));
    return [...defaults.map(({ name }): Dependency => ({ process: name, mapping: 'same' })), ...own];
  };
  return new Map([...managed.values()].map((process) => [process.name, dependenciesOf(process)]));
};
