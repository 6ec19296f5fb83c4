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
export const createBoxes = (engine: SqliteConnection): Pick<Store, 'boxes' | 'putBox'> => {
  const select = engine.prepare(`SELECT ${table.json} FROM box ORDER BY box_id, unit`);
  const put = engine.prepare(table.replace);
  return {
    boxes: () => engine.read(() => select.all().map(table.parse)),
    putBox: (record) => engine.write(() => void put.run(...table.values(record))),
  };
};
