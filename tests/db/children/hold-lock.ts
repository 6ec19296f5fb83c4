// Takes a named lock, says so, and keeps it until it is killed.
import { openStore } from '../../../db/registry.ts';

const [dataDir = '', name = ''] = process.argv.slice(2);
const store = await openStore('embedded', { dataDir, clock: { now: () => Date.now() } });
const lock = await store.tryLock(name);
process.send?.(lock === undefined ? 'taken' : 'held');
process.on('message', () => undefined);
