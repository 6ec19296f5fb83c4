// Takes a named lock in MongoDB, says so, and keeps it until it is killed.
import { openMongoStore } from '../../../db/mongo/store.ts';

const [url = '', name = ''] = process.argv.slice(2);
const store = await openMongoStore(url);
const lock = await store.tryLock(name);
process.send?.(lock === undefined ? 'taken' : 'held');
process.on('message', () => undefined);
