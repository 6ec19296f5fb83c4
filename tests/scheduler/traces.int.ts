import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { defineContext, freerunProcess, managedProcess, tree } from '../../domain/model/define.ts';
import { createUnitTracer } from '../../domain/model/unit-trace.ts';
import type { Span } from '../../domain/span.ts';
import { openRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';

const context = defineContext({
  processes: [
    managedProcess({ name: 'Hourly', qualifier: 'hourly', identity: true }),
    managedProcess({ name: 'Outside', qualifier: 'hourly', external: true, concurrency: 1 }),
    freerunProcess({ name: 'Mail', identity: true, entries: [{ name: 'all', trigger: 'every 1d' }] }),
  ],
  trees: [tree({ name: 'one', processes: ['Hourly'] }), tree({ name: 'two', processes: ['Outside'] })],
});

describe('the traces of a scheduler', () => {
  const spans: Span[] = [];
  let rig: Rig;
  beforeEach(async () => {
    spans.splice(0);
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    const tracer = createUnitTracer({ sha256, send: (span) => void spans.push(span) });
    rig = await openRig(context, { tracer });
  });
  afterEach(() => rig.close());

  /** Of one unit; others are requested meanwhile. */
  const of = (id: string): Span[] => spans.filter(({ attributes }) => attributes['synergy.unit'] === id);
  const names = (id: string): string[] => of(id).map(({ name }) => name);

  it('tell of its own part, and leave the rest to the worker', async () => {
    await rig.tick('Hourly');
    await rig.finish('Hourly', '2015053122', 'complete');
    const { id } = await rig.uow('Hourly', '2015053122');
    await rig.services.turnLoop.report([id]);
    assert.deepEqual(names(id), ['request Hourly', 'job Hourly', 'unit Hourly']);
  });

  it('go on after a failure, until the unit has ended', async () => {
    await rig.tick('Hourly');
    await rig.finish('Hourly', '2015053122', 'fail');
    const { id } = await rig.uow('Hourly', '2015053122');
    assert.deepEqual(names(id), ['request Hourly']);
    rig.clock.advance(60_000);
    await rig.sweep();
    await rig.finish('Hourly', '2015053122', 'complete');
    assert.deepEqual(names(id), ['request Hourly', 'job Hourly', 'unit Hourly']);
  });

  it('tell of firings', async () => {
    const { result } = await rig.api.execute({ kind: 'fire-freerun', processName: 'Mail', entryName: 'all' });
    const [uow] = await rig.store.uows([result?.['uow'] as string]);
    assert.ok(uow);
    const { id, attempt, token } = await rig.claim(uow);
    const report = { id, attempt, token: token ?? '', event: 'empty' as const, error: null, retryAt: null };
    await rig.store.report('hand', [{ ...report, processed: 0, aggregated: 0 }], rig.clock.now());
    await rig.services.turnLoop.report([id]);
    await rig.services.turnLoop.report([id]);
    assert.deepEqual(names(id), ['request Mail', 'unit Mail']);
  });

  it('tell the part of a worker in another language, which is given what its run hands on', async () => {
    await rig.tick('Outside');
    const { id } = await rig.uow('Outside', '2015053122');
    rig.clock.advance(1_000);
    const [order] = await rig.api.workers.claim('box/python', [id]);
    assert.ok(order);
    rig.clock.advance(2_000);
    const { attempt, token, traceparent } = order;
    const result = { owner: 'box/python', id, attempt, token, processed: 0, aggregated: 0 };
    await rig.api.workers.complete({ ...result, outcome: 'invalid', error: 'no disk' });
    await rig.quiet();
    assert.deepEqual(
      of(id).map(({ name, start, end, error }) => [name, end - start, error]),
      [
        ['request Outside', 0, null],
        ['claim Outside', 1_000, null],
        ['run Outside', 2_000, 'no disk'],
      ],
    );
    const run = of(id)[2];
    assert.equal(traceparent, `00-${run?.traceId}-${run?.spanId}-01`);
  });
});
