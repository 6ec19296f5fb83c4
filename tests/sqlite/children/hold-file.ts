// Holds a database file exclusively until told to let go.
import { DatabaseSync } from '@photostructure/sqlite';

const [file = ''] = process.argv.slice(2);
const database = new DatabaseSync(file);
database.exec('BEGIN EXCLUSIVE');
process.on('message', () => {
  database.close();
  process.disconnect();
});
process.send?.('held');
