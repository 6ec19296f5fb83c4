import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { startModule } from '../support/child.ts';
import { makeStore, spans } from '../support/store.ts';
import type { Size } from '../support/store.ts';
import { dataDirOf } from '../support/synergy.ts';
import { withTempFolder } from '../support/temp-folder.ts';
import type { TickResult } from '../parts/tick.ts';

const tickOver = (size: Size, ticks: number): Promise<TickResult> =>
  withTempFolder(async (folder) => {
    await makeStore(dataDirOf(folder), size);
    const part = await startModule('parts/tick.ts', [dataDirOf(folder), spans[size], ticks]);
    try {
      return (await part.message()) as TickResult;
    } finally {
      await part.end();
    }
  });

const run = async ({ quick }: Surroundings): Promise<readonly Figure[]> => {
  const small = await tickOver('small', quick ? 20 : 200);
  const large = await tickOver(quick ? 'small' : 'large', quick ? 20 : 200);
  const figureOf = ({ nodes, active, turns }: TickResult): Figure => ({
    name: `a tick of all processes over ${nodes.toLocaleString('en')} nodes`,
    value: median(turns),
    unit: 'ms',
    durability: '-',
    how: `${active.toLocaleString('en')} active jobs in 80 processes, their units read from the store; median of ${turns.length}`,
  });
  return [
    figureOf(small),
    figureOf(large),
    {
      name: 'tick over many nodes / over few',
      value: median(large.turns) / median(small.turns),
      unit: 'x',
      durability: '-',
      how: '',
      target: { atMost: 2 },
    },
  ];
};

export const tick: Measure = {
  name: 'tick',
  summary: 'a tick with 1,000 active jobs among 10^4 and 10^6 nodes',
  run,
};
