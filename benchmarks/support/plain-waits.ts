import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from '@photostructure/sqlite';
import { connect } from 'amqplib';
import { PAUSE } from './own-waits.ts';
import { withTempFolder } from './temp-folder.ts';

const QUEUE = 'plain';

/**
 * Milliseconds from planned instants until the least that has to be done by the start of a handler is done, by hand and
 * in one process: a row that is flushed to the disk, a message through a quorum queue, and a change of that row, flushed.
 */
export const plainWaits = (firings: number, url: string): Promise<readonly number[]> =>
  withTempFolder(async (folder) => {
    const database = new DatabaseSync(join(folder, 'plain.db'));
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE unit (id, state)');
    const insert = database.prepare("INSERT INTO unit VALUES (?, 'REQUESTED')");
    const claim = database.prepare("UPDATE unit SET state = 'IN_PROGRESS' WHERE id = ?");
    const [sender, receiver] = [await connect(url), await connect(url)];
    try {
      const outlet = await sender.createConfirmChannel();
      const inlet = await receiver.createChannel();
      await inlet.assertQueue(QUEUE, { arguments: { 'x-queue-type': 'quorum' } });
      let arrived = (): void => undefined;
      await inlet.prefetch(1);
      await inlet.consume(QUEUE, (message) => {
        if (message === null) return;
        claim.run(message.content.toString());
        arrived();
        inlet.ack(message);
      });
      const waits: number[] = [];
      for (let firing = 0; firing < firings; firing++) {
        const planned = performance.now() + PAUSE;
        const arrival = new Promise<void>((resolve) => (arrived = resolve));
        await sleep(PAUSE);
        insert.run(String(firing));
        outlet.sendToQueue(QUEUE, Buffer.from(String(firing)), { persistent: true, mandatory: true });
        await arrival;
        waits.push(performance.now() - planned);
      }
      return waits;
    } finally {
      await Promise.all([sender.close(), receiver.close()]);
      database.close();
    }
  });
