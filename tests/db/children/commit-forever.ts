// Commits as fast as it can and tells of every commit that was acknowledged, until it is killed.
import { openStore } from '../../../db/registry.ts';
import { jobStart, uowInsert } from '../../support/records.ts';

const [dataDir = '', prefix = ''] = process.argv.slice(2);
const store = await openStore('embedded', { dataDir, clock: { now: () => Date.now() } });
const cause = { actor: 'scheduler', reason: null, at: 1, epoch: 1 };

const commitForever = async (lane: number): Promise<void> => {
  for (let round = 0; ; round++) {
    const id = `${prefix}-${String(lane)}-${String(round)}`;
    const writes = [jobStart(id, { processName: 'Killed' }), uowInsert(id)];
    const [outcome] = await store.commit([{ cause, writes }]);
    if (outcome === 'applied') process.send?.(id);
  }
};

await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(commitForever));
