import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import { executionId } from '../../domain/event/execution.ts';
import { EVENTS } from '../../domain/event/trigger.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { TransitionRecord } from '../../domain/model/record.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { startHttpTarget } from '../support/http-target.ts';
import type { HttpTarget } from '../support/http-target.ts';
import { startMongoServer, whyNoMongo } from '../support/mongo-server.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';
import { servicePids, synergy, synergyOk } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const missing = whyNoMongo() ?? noRabbitServer;
const context = `
import { defineContext, freerunProcess } from 'synergy-scheduler';
export default defineContext({ processes: [freerunProcess({ name: 'None', identity: true })] });
`;

const TRIGGERS = 10;
const PERIOD = 2_000;
/** Longer than the lock of a scheduler lasts in MongoDB, ms. */
const PAUSE = 20_000;
const LONG = 60_000;

describe(`event triggers of two boxes${missing ? ` (${missing})` : ''}`, function () {
  this.timeout(240_000);
  let mongo: MongoServer;
  let rabbit: RabbitServer;
  let target: HttpTarget;
  let store: Store;
  /** Of the dashboard of the first box, whose scheduler leads. */
  let url: string;
  const boxes: { readonly folder: string; readonly run: Run }[] = [];

  before(async function () {
    if (missing !== undefined) return this.skip();
    [mongo, rabbit, target] = await Promise.all([startMongoServer(), startRabbitServer(), startHttpTarget()]);
    const settings = { store: mongo.url('takeover'), queue: await rabbit.vhost(), events: true };
    store = await openStore(settings.store, { dataDir: tempFolder(), clock: { now: () => Date.now() } });
    for (let i = 0; i < 2; i++) {
      const folder = tempFolder();
      writeFileSync(join(folder, 'process_context.ts'), context);
      writeFileSync(
        join(folder, 'synergy.config.json'),
        JSON.stringify({ ...settings, boxId: `box-${i}`, eventAllow: '127.0.0.1' }),
      );
      const run = synergy(folder, 'start', '--mx-port', '0');
      boxes.push({ folder, run });
      assert.ok(await waitUntil(async () => 'scheduler' in (await servicePids(folder)), LONG));
      if (i === 0) url = (await run.line(/^dashboard: /)).replace('dashboard: ', '').trim();
    }
  });
  after(async () => {
    if (missing !== undefined) return;
    for (const { run } of boxes) run.child.kill('SIGTERM');
    await Promise.all(boxes.map(({ run }) => run.ended));
    await store.close();
    await Promise.all([mongo.stop(), rabbit.dispose(), target.close()]);
  });

  const schedulerPid = async (box: number): Promise<number> => {
    const { scheduler } = await servicePids(boxes[box]!.folder);
    return scheduler!;
  };
  const rows = async (): Promise<readonly TransitionRecord[]> => store.journal({ after: 0, limit: 100_000 });

  it('have one execution for each instant when the scheduler that leads stands still and another takes over (7)', async () => {
    const start = Math.ceil((Date.now() + 3_000) / 1_000) * 1_000;
    const schedule = `R/${new Date(start).toISOString()}/PT${PERIOD / 1_000}S/ET30S`;
    const lines = Array.from({ length: TRIGGERS }, (_, i) => ({
      owner: 'local',
      triggerId: `t${i}`,
      schedule,
      target: { url: target.origin },
    }));
    const answer = await fetch(new URL('api/v1/commands', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'put-triggers', triggers: lines, reason: 'test' }),
    });
    assert.ok(answer.ok, await answer.text());
    await target.requests(TRIGGERS);
    const pid = await schedulerPid(0);
    process.kill(pid, 'SIGSTOP');
    await sleep(PAUSE);
    const seen = target.seen.length;
    await target.requests(seen + TRIGGERS);
    process.kill(pid, 'SIGCONT');
    await target.requests(target.seen.length + 2 * TRIGGERS);
    for (const { triggerId } of lines)
      await synergyOk(boxes[1]!.folder, 'trigger', 'pause', triggerId, '--reason', 'test');
    const isOver = async (): Promise<boolean> =>
      (await store.findUows({ processName: EVENTS })).every(({ state }) => isUowFinished(state));
    assert.ok(await waitUntil(isOver, LONG));
    const units = await store.findUows({ processName: EVENTS });
    for (const { triggerId: id } of lines) {
      const own = units.filter(({ entryName }) => entryName === `local/${id}`);
      const expected = own.map((_, i) => executionId({ owner: 'local', id }, start + i * PERIOD));
      assert.deepEqual(own.map((uow) => uow.id).sort(), expected.sort());
    }
    const epochs = (await rows()).filter(({ actor }) => actor === 'scheduler').map(({ epoch }) => epoch);
    assert.deepEqual(
      epochs,
      [...epochs].sort((a, b) => a - b),
    );
    assert.ok(new Set(epochs).size >= 2, 'no other scheduler took over');
  });
});
