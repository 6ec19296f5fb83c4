import { join } from 'node:path';
import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { startModule } from '../support/child.ts';
import { makeStore } from '../support/store.ts';
import type { Size } from '../support/store.ts';
import { withTempFolder } from '../support/temp-folder.ts';
import type { TickResult } from '../parts/tick.ts';

/** Ticks over stores of these sizes, in turns. */
const tickOver = (sizes: readonly Size[], ticks: number): Promise<readonly TickResult[]> =>
  withTempFolder(async (folder) => {
    const stores: string[] = [];
    for (const [i, size] of sizes.entries()) {
      const dataDir = join(folder, String(i));
      await makeStore(dataDir, size);
      stores.push(size, dataDir);
    }
    const part = await startModule('parts/tick.ts', [ticks, ...stores]);
    try {
      return (await part.message()) as readonly TickResult[];
    } finally {
      await part.end();
    }
  });

const figureOf = ({ nodes, active, turns }: TickResult): Figure => ({
  name: `a tick of all processes over ${nodes.toLocaleString('en')} nodes`,
  value: median(turns),
  unit: 'ms',
  durability: '-',
  how: `${active.toLocaleString('en')} active jobs in 80 processes, their units read from the store; median of ${turns.length}`,
});

const run = async ({ quick }: Surroundings): Promise<readonly Figure[]> => {
  const [small, large] = await tickOver(['small', quick ? 'small' : 'large'], quick ? 20 : 300);
  if (small === undefined || large === undefined) throw new Error('expected the ticks of two stores');
  return [
    figureOf(small),
    figureOf(large),
    {
      name: 'tick over many nodes / over few',
      value: median(large.turns) / median(small.turns),
      unit: 'x',
      durability: '-',
      how: 'in turns, in one process',
      target: { atMost: 2 },
    },
  ];
};

export const tick: Measure = {
  name: 'tick',
  summary: 'a tick with 1,000 active jobs among 10^4 and 10^6 nodes',
  run,
};
