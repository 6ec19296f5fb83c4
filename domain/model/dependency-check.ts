import { compareQualifiers, isCoarser } from '../time/qualifier.ts';
import { findCycle } from './cycle.ts';
import type { Edge } from './cycle.ts';
import { effectiveDependencies, findManaged, managedByName, offsetsOf, processesOf } from './dependencies.ts';
import type { Dependency, ManagedProcess, Mapping, ProcessContext } from './process.ts';
import { invalidContext } from './option-reader.ts';

/**
 * Checks what processes declare to wait for, and that no process ends up waiting for itself. The trees are
 * sound already. Throws INVALID_CONTEXT.
 */
export const checkDependencies = (context: ProcessContext): void => {
  for (const process of managedByName(context).values()) {
    for (const dependency of process.dependencies) checkDependency(process, dependency, context);
  }
  const waits = allWaits(context);
  // What leads into the past never comes back to its period, unless something on the way leads out of it again.
  const present = waits.filter(({ reach }) => reach !== 'past');
  const later = waits.filter(({ reach }) => reach === 'later');
  const cycle = findCycle(present) ?? findCycle(waits, later);
  if (cycle !== undefined)
    throw invalidContext(`processes wait for each other in a circle: ${cycle.join(' -> ')}`);
};

const checkDependency = (process: ManagedProcess, dependency: Dependency, context: ProcessContext): void => {
  const { process: name, mapping, atLeast } = dependency;
  const input = findManaged(context, name, `process '${process.name}' depends on`);
  const where = `process '${process.name}' depends on '${name}'`;
  const tree = context.trees.find(({ processes }) => processes.includes(name));
  if (name !== process.name && tree?.processes.includes(process.name)) {
    throw invalidContext(
      `${where} of its own tree '${tree.name}', in which processes wait for their children only`,
    );
  }
  checkMapping(where, mapping, compareQualifiers(input.qualifier, process.qualifier));
  if (atLeast !== undefined && atLeast < 1) {
    throw invalidContext(`${where}, atLeast: expected at least 1, given ${atLeast}`);
  }
};

/** `order` is negative when the input's qualifier is finer. */
const checkMapping = (where: string, mapping: Mapping, order: number): void => {
  const [first, last] = offsetsOf(mapping);
  if (first > last)
    throw invalidContext(`${where} with the offsets [${first}, ${last}]: the smaller comes first`);
  const fitting = order === 0 ? 'same' : order < 0 ? 'contained' : 'containing';
  if (typeof mapping !== 'string' || mapping === fitting) return;
  throw invalidContext(
    `${where}, which is ${relations[fitting]}: mapping '${mapping}' needs one that is ${relations[mapping]}; use '${fitting}' or an offset`,
  );
};

const relations = { same: 'of the same qualifier', contained: 'finer', containing: 'coarser' } as const;

/** `past`: only for periods that ended before the waiting one began. `later`: for one that ends after it, too. */
type Wait = Edge & { readonly reach: 'past' | 'present' | 'later' };

/** Who waits for whom: processes for those they depend on, and for the finer ones of their tree. */
const allWaits = (context: ProcessContext): Wait[] => {
  const managed = managedByName(context);
  const dependencies = effectiveDependencies(context);
  return [...managed.values()].flatMap((process): Wait[] => {
    const from = process.name;
    const children = context.trees
      .filter((tree) => tree.processes.includes(from))
      .flatMap((tree) => processesOf(tree, managed))
      .filter((other) => isCoarser(process.qualifier, other.qualifier));
    return [
      ...children.map((child): Wait => ({ from, to: child.name, reach: 'present' })),
      ...(dependencies.get(from) ?? []).map(({ process: to, mapping }): Wait => ({
        from,
        to,
        reach: reach(process, managed.get(to), mapping),
      })),
    ];
  });
};

const reach = (
  process: ManagedProcess,
  input: ManagedProcess | undefined,
  mapping: Mapping,
): Wait['reach'] => {
  const [, last] = offsetsOf(mapping);
  // The job that covers an input may be of a later period, and one that covers several waits for what lies among them.
  if (input !== process && input !== undefined && input.grouping > 1) return 'later';
  if (input !== process && last < 0 && process.grouping > 1) return 'present';
  if (last !== 0) return last < 0 ? 'past' : 'later';
  return input !== undefined && isCoarser(input.qualifier, process.qualifier) ? 'later' : 'present';
};
