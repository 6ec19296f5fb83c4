import assert from 'node:assert/strict';
import {
  afterAdoption,
  afterExit,
  afterStart,
  afterDesiredState,
  decide,
  newService,
} from '../../supervisor/service-state.ts';
import type { ServiceState } from '../../supervisor/service-state.ts';

const failure = { how: 'exit code 1', outage: false, held: 0 };

const running = (at: number): ServiceState => afterStart(newService, at);

/** Fails `times` times, each run lasting `life` ms; returns the delays before the restarts and the last state. */
const failing = (times: number, life: number): { delays: number[]; service: ServiceState } => {
  let service = newService;
  let now = 1_000_000;
  const delays: number[] = [];
  for (let i = 0; i < times && service.phase !== 'failed'; i++) {
    service = afterStart(service, now);
    now += life;
    service = afterExit(service, now, failure);
    delays.push(service.restartAt - now);
    now = service.restartAt;
  }
  return { delays, service };
};

describe('what is to be done about a service', () => {
  it('starts what is wanted and down, and leaves what runs', () => {
    assert.equal(decide(newService, 0), 'start');
    assert.equal(decide(running(0), 5), 'nothing');
  });

  it('stops what is not wanted, once', () => {
    const off = afterDesiredState(running(0), 'off');
    assert.equal(decide(off, 5), 'stop');
    assert.equal(decide({ ...off, phase: 'stopping' }, 5), 'nothing');
    assert.equal(decide(afterExit({ ...off, phase: 'stopping' }, 6, failure), 7), 'nothing');
  });

  it('waits for the end of a back-off', () => {
    const { service } = failing(2, 10);
    assert.equal(decide(service, service.restartAt - 1), 'nothing');
    assert.equal(decide(service, service.restartAt), 'start');
  });

  it('waits no longer than the longest back-off, wherever the clock is set to', () => {
    const { service } = failing(2, 10);
    assert.equal(decide(service, service.restartAt - 3_600_000), 'start');
  });

  it('tries a failed service once a minute, or when a user asks for it', () => {
    const { service } = failing(5, 10);
    assert.equal(decide(service, service.restartAt - 1), 'nothing');
    assert.equal(decide(service, service.restartAt), 'start');
    assert.equal(decide(afterDesiredState(service, 'on'), 0), 'start');
    let now = service.restartAt;
    let later = service;
    for (let i = 0; i < 3; i++) {
      later = afterExit(afterStart(later, now), now + 10, failure);
      assert.deepEqual([later.phase, later.restartAt], ['failed', now + 10 + 60_000]);
      now = later.restartAt;
    }
    const healthy = afterExit(afterStart(later, now), now + 60_000, failure);
    assert.deepEqual([healthy.phase, healthy.restartAt], ['backing-off', now + 60_000]);
  });
});

describe('restarts', () => {
  it('begin at once and then back off from 1 s, until five failures in a minute', () => {
    const { delays, service } = failing(9, 10);
    assert.deepEqual(delays, [0, 1000, 2000, 4000, 60_000]);
    assert.equal(service.phase, 'failed');
  });

  it('double up to a minute where the failures are too rare for the limit', () => {
    const { delays, service } = failing(12, 20_000);
    assert.deepEqual(delays.slice(0, 7), [0, 1000, 2000, 4000, 8000, 16_000, 32_000]);
    assert.deepEqual(delays.slice(7), [60_000, 60_000, 60_000, 60_000, 60_000]);
    assert.equal(service.phase, 'backing-off');
  });

  it('are immediate again after a healthy run', () => {
    const { delays } = failing(6, 60_000);
    assert.deepEqual(delays, [0, 0, 0, 0, 0, 0]);
  });

  it('are counted, the first start is none', () => {
    assert.equal(running(0).restarts, 0);
    assert.equal(afterStart(afterExit(running(0), 1, failure), 2).restarts, 1);
  });

  it('count an end without an error as a failure: services do not end by themselves', () => {
    const ended = afterExit(running(0), 1, { how: 'exit code 0', outage: false, held: 0 });
    assert.equal(ended.failures.length, 1);
    assert.equal(ended.lastExit, 'exit code 0');
  });

  it('go on for as long as a server is away, soon after each other, and count as no failure', () => {
    let service = afterStart(newService, 0);
    for (let at = 0; at < 600_000; at = service.restartAt) {
      service = afterExit(afterStart(service, at), at, { how: 'exit code 1', outage: true, held: 0 });
      assert.equal(service.phase, 'backing-off');
      assert.equal(service.restartAt, at + 2000);
    }
    assert.deepEqual([service.failures.length, service.streak], [0, 0]);
  });

  it('come at once and uncounted where units of work were in hand: these are charged with it', () => {
    let service = afterExit(running(0), 1, failure);
    for (let at = 2; at < 100; at++) {
      service = afterExit(afterStart(service, at), at, { ...failure, held: 1 });
      assert.deepEqual(
        [service.phase, service.restartAt, service.lastExit],
        ['backing-off', at, 'exit code 1'],
      );
    }
    assert.deepEqual([service.failures.length, service.streak, service.restarts], [1, 1, 98]);
    assert.equal(
      afterExit(afterStart(service, 100), 100, failure).restartAt,
      1100,
      'the second failure waits',
    );
  });

  it('are not for one that was asked to stop, whatever it held', () => {
    const stopping: ServiceState = { ...running(0), phase: 'stopping' };
    assert.equal(afterExit(stopping, 1, { ...failure, held: 3 }).phase, 'stopped');
  });
});

describe('a service that was taken over', () => {
  const adopted = afterAdoption(newService, { startedAt: 1000, restarts: 4, lastExit: 'exit code 9' });

  it('runs as it ran before', () => {
    assert.equal(decide(adopted, 2000), 'nothing');
    assert.deepEqual([adopted.startedAt, adopted.restarts, adopted.lastExit], [1000, 4, 'exit code 9']);
    assert.equal(decide(afterDesiredState(adopted, 'off'), 2000), 'stop');
  });

  it('is started again like any other when it ends, and counted on', () => {
    const ended = afterExit(adopted, 2000, failure);
    assert.deepEqual([ended.phase, ended.restartAt], ['backing-off', 2000]);
    assert.equal(afterStart(ended, 2000).restarts, 5);
  });
});
