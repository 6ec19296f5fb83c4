import assert from 'node:assert/strict';
import { failedDaemon } from '../../../domain/model/failed-daemon.ts';
import type { BoxRecord } from '../../../domain/model/record.ts';

const box = (unit: string, more: Partial<BoxRecord> = {}): BoxRecord => ({
  boxId: 'b1',
  unit,
  desired: 'on',
  actual: 'running',
  pid: 7,
  startedAt: 1000,
  restarts: 0,
  lastExit: null,
  rssBytes: null,
  cpuPercent: null,
  updatedAt: 2000,
  ...more,
});
const down = box('Daemon', { actual: 'failed', startedAt: null, lastExit: 'no luck' });
const find = (...boxes: BoxRecord[]) => failedDaemon(['Daemon'], boxes);

describe('a daemon that stays down', () => {
  it('is one that failed under the worker that runs, supervised or not', () => {
    for (const unit of ['worker', 'worker:', 'worker:Daemon'])
      assert.equal(find(box(unit), down), down, unit);
  });

  it('is none that runs, is started again, or is no daemon', () => {
    for (const actual of ['running', 'backing-off', 'stopped'] as const)
      assert.equal(find(box('worker'), { ...down, actual }), undefined, actual);
    assert.equal(find(box('worker'), { ...down, unit: 'Other' }), undefined);
    assert.equal(find(box('worker')), undefined);
  });

  it('is none of an earlier start, or of a box without a worker', () => {
    assert.equal(find(box('worker', { startedAt: 2001 }), down), undefined);
    assert.equal(find(box('worker', { startedAt: null }), down), undefined);
    assert.equal(find(box('worker', { actual: 'stopped' }), down), undefined);
    assert.equal(find(box('worker', { boxId: 'b2' }), down), undefined);
    assert.equal(find(box('scheduler'), down), undefined);
  });

  it('is none while another box runs it', () => {
    const other = [box('worker', { boxId: 'b2' }), box('Daemon', { boxId: 'b2' })];
    assert.equal(find(box('worker'), down, ...other), undefined);
    assert.equal(find(box('worker'), down, box('worker', { boxId: 'b2' })), down);
  });
});
