import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { startModule } from '../support/child.ts';
import type { TimetableResult } from '../parts/timetable.ts';

const run = async ({ quick }: Surroundings): Promise<readonly Figure[]> => {
  const results: TimetableResult[] = [];
  for (let round = 0; round < (quick ? 1 : 5); round++) {
    const part = await startModule('parts/timetable.ts', [quick ? 1 : 5]);
    results.push((await part.message()) as TimetableResult);
    await part.end();
  }
  const how = `${results[0]?.nodes.toLocaleString('en')} nodes, 20 trees of four levels, median of ${results.length} processes`;
  return [
    {
      name: 'build of the timetable',
      value: median(results.map(({ seconds }) => seconds)),
      unit: 's',
      durability: '-',
      how,
      target: { atMost: 1.5 },
    },
    {
      name: 'memory per node',
      value: median(results.map(({ bytes, nodes }) => bytes / nodes)),
      unit: 'bytes',
      durability: '-',
      how,
      target: { atMost: 300 },
    },
  ];
};

export const timetable: Measure = { name: 'timetable', summary: 'time and memory of 914,300 nodes', run };
