import { defineContext, managedProcess, tree } from '../../../domain/model/define.ts';
import type {
  ManagedOptions,
  ManagedProcess,
  ProcessContext,
  TreeOptions,
} from '../../../domain/model/process.ts';
import { qualifiers } from '../../../domain/time/qualifier.ts';

/** A managed process whose qualifier is the end of its name, such as SiteHourly. */
export const process = (name: string, options: Partial<ManagedOptions> = {}): ManagedProcess => {
  const qualifier = qualifiers.find((text) => name.toLowerCase().endsWith(text)) ?? 'daily';
  return managedProcess({ name, qualifier, identity: true, ...options });
};

/** Trees whose processes are made up from their names. */
export const treesOf = (...trees: TreeOptions[]): ProcessContext =>
  defineContext({ processes: trees.flatMap((given) => given.processes.map((name) => process(name))), trees });

/** One tree, called after its only process, for each process. */
export const inOwnTrees = (...processes: ManagedProcess[]): ProcessContext =>
  defineContext({ processes, trees: processes.map(({ name }) => tree({ name, processes: [name] })) });
