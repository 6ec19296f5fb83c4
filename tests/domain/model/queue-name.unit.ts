import assert from 'node:assert/strict';
import { daemonProcess, freerunProcess } from '../../../domain/model/define.ts';
import { workQueue } from '../../../domain/model/queue-name.ts';
import { process } from './contexts.ts';

describe('workQueue', () => {
  it('is called after the process and its qualifier, or its kind', () => {
    assert.equal(workQueue(process('SiteHourly')), 'queue_sitehourly_hourly');
    assert.equal(
      workQueue(freerunProcess({ name: 'My-Clean.2', identity: true })),
      'queue_my_clean_2_freerun',
    );
    assert.equal(workQueue(daemonProcess({ name: 'Collector', identity: true })), 'queue_collector_daemon');
  });
});
