import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { scheduleCron } from '../../../boot/housekeeping/schedule-cron.ts';

const seconds = '* * * * * *';

describe('the housekeeping clock', () => {
  it('calls at each instant until it is told to stop', async () => {
    /** The seconds in which it calls so many times, then stops. */
    const calls = (times: number): Promise<number[]> =>
      new Promise((resolve) => {
        const instants: number[] = [];
        const stop = scheduleCron(seconds, 'UTC', () => {
          instants.push(Math.floor(Date.now() / 1000));
          if (instants.length < times) return;
          stop();
          resolve(instants);
        });
      });
    const [once, [first = 0, second = 0, third = 0]] = [calls(1), await calls(3)];
    assert.ok(first < second && second < third, 'once in a second');
    assert.equal((await once).length, 1, 'stopped after its first call');
  });

  it('goes by the wall clock of the zone', async () => {
    // The second after the next one, in a zone that is not a whole hour off, on this minute of its clock alone.
    const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000);
    const wall = new Date(at.getTime() + 5.75 * 3_600_000);
    const expression = `${at.getUTCSeconds()} ${wall.getUTCMinutes()} ${wall.getUTCHours()} * * *`;
    const called = await new Promise<number>((resolve) => {
      const stop = scheduleCron(expression, 'Asia/Kathmandu', () => {
        stop();
        resolve(Date.now());
      });
    });
    assert.ok(called >= at.getTime(), 'on this minute of a day');
  });

  it('keeps no process alive and prints nothing, also when the process stood still or a run failed', async () => {
    const url = new URL('../../../boot/housekeeping/schedule-cron.ts', import.meta.url).href;
    const code = `
      const { scheduleCron } = await import('${url}');
      let calls = 0;
      await new Promise((resolve) => {
        const alive = setInterval(() => undefined, 1000);
        scheduleCron('${seconds}', 'UTC', () => {
          if (++calls === 1) { const end = Date.now() + 2500; while (Date.now() < end); }
          if (calls === 3) { clearInterval(alive); resolve(); }
          throw new Error('a task that fails');
        });
      });`;
    const argv = ['--import', 'tsx', '--input-type=module', '--eval', code];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, { timeout: 20_000 });
    assert.deepEqual([stdout, stderr], ['', '']);
  });
});
