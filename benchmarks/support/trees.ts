import { defineContext, managedProcess, tree } from '../../domain/model/define.ts';
import type { ProcessContext } from '../../domain/model/process.ts';

const TREES = 20;

/** Twenty trees of hours, days, months and years, each level waiting for the one below; their work is nothing. */
export const treesContext = (): ProcessContext => {
  const trees = Array.from({ length: TREES }, (_, i) => {
    const coarse = { identity: true, blocking: 'children' } as const;
    const processes = [
      managedProcess({ name: `Hour${i}`, qualifier: 'hourly', identity: true, concurrency: 100 }),
      managedProcess({ name: `Day${i}`, qualifier: 'daily', ...coarse }),
      managedProcess({ name: `Month${i}`, qualifier: 'monthly', ...coarse }),
      managedProcess({ name: `Year${i}`, qualifier: 'yearly', ...coarse }),
    ];
    return { processes, tree: tree({ name: `tree${i}`, processes: processes.map(({ name }) => name) }) };
  });
  return defineContext({
    processes: trees.flatMap(({ processes }) => processes),
    trees: trees.map((each) => each.tree),
  });
};
