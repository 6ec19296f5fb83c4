import assert from 'node:assert/strict';
import { createMachine } from 'xstate';
import { toDiagram } from '../../../domain/machine/diagram.ts';
import { machines } from '../../../domain/machine/registry.ts';
import type { Diagram } from '../../../domain/machine/diagram.ts';

const edgeLines = ({ edges }: Diagram): string[] =>
  edges.map(({ from, to, event }) => `${from} -> ${to}: ${event}`).sort();

describe('toDiagram', () => {
  it('draws the job machine as the design tells it', () => {
    const diagram = toDiagram(machines.job);
    assert.deepEqual(diagram.states, [
      { id: 'EMBRYO', initial: true, final: false },
      { id: 'IN_PROGRESS', initial: false, final: false },
      { id: 'FINAL_RUN', initial: false, final: false },
      { id: 'PROCESSED', initial: false, final: true },
      { id: 'SKIPPED', initial: false, final: true },
      { id: 'NOOP', initial: false, final: true },
    ]);
    assert.deepEqual(edgeLines(diagram), [
      'EMBRYO -> FINAL_RUN: finalize',
      'EMBRYO -> IN_PROGRESS: start',
      'EMBRYO -> NOOP: empty',
      'EMBRYO -> SKIPPED: skip',
      'FINAL_RUN -> EMBRYO: reprocess',
      'FINAL_RUN -> IN_PROGRESS: reprocess [hasUow]',
      'FINAL_RUN -> NOOP: empty',
      'FINAL_RUN -> PROCESSED: complete',
      'FINAL_RUN -> SKIPPED: skip',
      'IN_PROGRESS -> EMBRYO: reprocess',
      'IN_PROGRESS -> FINAL_RUN: finalize',
      'IN_PROGRESS -> IN_PROGRESS: rerun, reprocess [hasUow]',
      'IN_PROGRESS -> NOOP: empty',
      'IN_PROGRESS -> PROCESSED: complete',
      'IN_PROGRESS -> SKIPPED: skip',
      'NOOP -> EMBRYO: reprocess',
      'NOOP -> IN_PROGRESS: reprocess [hasUow]',
      'PROCESSED -> EMBRYO: reprocess',
      'PROCESSED -> IN_PROGRESS: reprocess [hasUow]',
      'SKIPPED -> EMBRYO: reprocess',
      'SKIPPED -> IN_PROGRESS: reprocess [hasUow]',
    ]);
  });

  it('draws the unit-of-work machine as the design tells it', () => {
    const diagram = toDiagram(machines.uow);
    assert.deepEqual(diagram.states, [
      { id: 'REQUESTED', initial: true, final: false },
      { id: 'IN_PROGRESS', initial: false, final: false },
      { id: 'PROCESSED', initial: false, final: true },
      { id: 'NOOP', initial: false, final: true },
      { id: 'CANCELED', initial: false, final: true },
      { id: 'INVALID', initial: false, final: false },
    ]);
    assert.deepEqual(edgeLines(diagram), [
      'INVALID -> CANCELED: cancel',
      'INVALID -> REQUESTED: repost',
      'IN_PROGRESS -> CANCELED: cancel',
      'IN_PROGRESS -> INVALID: fail',
      'IN_PROGRESS -> NOOP: empty',
      'IN_PROGRESS -> PROCESSED: complete',
      'IN_PROGRESS -> REQUESTED: repost',
      'REQUESTED -> CANCELED: cancel',
      'REQUESTED -> INVALID: fail',
      'REQUESTED -> IN_PROGRESS: claim',
      'REQUESTED -> NOOP: empty',
    ]);
  });

  it('draws no arrow for an event that stays without a target', () => {
    const lamp = createMachine({
      id: 'lamp',
      initial: 'off',
      states: { off: { on: { touch: {}, press: 'on' } }, on: {} },
    });
    assert.deepEqual(toDiagram(lamp).edges, [{ from: 'off', to: 'on', event: 'press' }]);
  });
});
