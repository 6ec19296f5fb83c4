import assert from 'node:assert/strict';
import { relaunchOf } from '../../boot/relaunch.ts';

const [store, queue] = ['mongodb://ann:hunter2@db1/?replicaSet=rs0', 'amqp://ann:hunter2@broker'];

describe('relaunching', () => {
  it('moves addresses from the command line to the environment, however they are written', () => {
    assert.deepEqual(relaunchOf(['start', '--store', store, '--demo', `--queue=${queue}`, 'worker'], {}), {
      argv: ['start', '--demo', 'worker'],
      environment: { SYNERGY_STORE: store, SYNERGY_QUEUE: queue },
    });
  });

  it('keeps addresses of the environment, unless the command line overrules them', () => {
    const environment = { SYNERGY_STORE: 'embedded', SYNERGY_QUEUE: queue, PATH: '/bin' };
    assert.deepEqual(relaunchOf(['start', '--store', store], environment), {
      argv: ['start'],
      environment: { SYNERGY_STORE: store, SYNERGY_QUEUE: queue },
    });
  });

  it('leaves a command line without addresses as it is', () => {
    assert.deepEqual(relaunchOf(['start', '--data-dir', 'a=b'], {}), {
      argv: ['start', '--data-dir', 'a=b'],
      environment: {},
    });
  });
});
