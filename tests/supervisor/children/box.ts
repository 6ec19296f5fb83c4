// A supervisor in a process of its own, to be killed. Arguments: data folder, behaviour and patience (ms) of its service.
// Sends what its service has to tell.
import { createSupervisor } from '../../../supervisor/supervisor.ts';
import { memoryCollections } from '../../support/collections.ts';

const [, , dataDir = '', behaviour = '', patience = ''] = process.argv;
const supervisor = createSupervisor({
  boxId: 'box-1',
  dataDir,
  services: [{ name: 'worker', module: new URL('./service.ts', import.meta.url) }],
  brief: { behaviour, patience: Number(patience) },
  digest: behaviour,
  grace: 300,
  clock: { now: Date.now },
  store: memoryCollections(),
  release: () => Promise.resolve(0),
  message: (_unit, message) => {
    if (message.type === 'news') process.send?.(message.news);
  },
  failed: () => undefined,
  say: () => undefined,
});
await supervisor.takeOver();
await supervisor.start();
