import type { BoxRecord } from '../../domain/model/record.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Store } from '../store.ts';
import { recordTable } from './record-table.ts';

const table = recordTable<BoxRecord>('box', {
  boxId: 'plain',
  unit: 'plain',
  desired: 'plain',
  actual: 'plain',
  pid: 'plain',
  startedAt: 'plain',
  restarts: 'plain',
  lastExit: 'plain',
  rssBytes: 'plain',
  cpuPercent: 'plain',
  updatedAt: 'plain',
});

/** What runs where. */
export const createBoxes = (connection: SqliteConnection): Pick<Store, 'boxes' | 'putBox'> => {
  const select = connection.prepare(`SELECT ${table.json} FROM box ORDER BY box_id, unit`);
  const put = connection.prepare(table.replace);
  return {
    boxes: () => connection.read(() => select.all().map(table.parse)),
    putBox: (record) => connection.write(() => void put.run(...table.values(record))),
  };
};
