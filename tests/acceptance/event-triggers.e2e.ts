import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventTriggerSpec } from '../../db/event-collections.ts';
import { openStore } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import { executionId } from '../../domain/event/execution.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { startHttpTarget, status } from '../support/http-target.ts';
import type { HttpTarget, SeenRequest } from '../support/http-target.ts';
import { synergy } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, freerunProcess } from 'synergy-scheduler';
export default defineContext({ processes: [freerunProcess({ name: 'None', identity: true })] });
`;

const LONG = 30_000;

describe('event triggers on real processes', function () {
  this.timeout(120_000);
  let run: Run;
  let url: string;
  let store: Store;
  const targets: HttpTarget[] = [];

  before(async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
    run = synergy(folder, 'start', '--events', '--event-allow', '127.0.0.1', '--mx-port', '0');
    url = (await run.line(/^dashboard: /)).replace('dashboard: ', '').trim();
    store = await openStore('embedded', {
      dataDir: join(folder, 'synergy-data'),
      clock: { now: () => Date.now() },
    });
  });
  after(async () => {
    run.child.kill('SIGTERM');
    await run.ended;
    await store.close();
    await Promise.all(targets.map((target) => target.close()));
  });

  const startTarget = async (): Promise<HttpTarget> => {
    const target = await startHttpTarget();
    targets.push(target);
    return target;
  };
  const put = async (triggerId: string, more: object): Promise<void> => {
    const body = {
      id: `put-${triggerId}`,
      kind: 'put-trigger',
      owner: 'local',
      triggerId,
      reason: 'test',
      ...more,
    };
    const answer = await fetch(new URL('api/v1/commands', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.ok(answer.ok, await answer.text());
  };
  const trigger = (id: string): Promise<EventTrigger | undefined> =>
    store.collection(eventTriggerSpec).get({ owner: 'local', id });
  /** The execution of a trigger at an instant, once it has ended. */
  const ended = async (id: string, at: number): Promise<UowRecord> => {
    let uow: UowRecord | undefined;
    const key = executionId({ owner: 'local', id }, at);
    const isOver = async (): Promise<boolean> => {
      [uow] = await store.uows([key]);
      return uow !== undefined && isUowFinished(uow.state);
    };
    assert.ok(await waitUntil(isOver, LONG), `${key} has not ended: ${JSON.stringify(uow)}`);
    return uow as UowRecord;
  };
  /** The log of an execution, once it has a line that matches. */
  const log = async ({ id }: UowRecord, pattern: RegExp): Promise<string> => {
    let text = '';
    const isWritten = async (): Promise<boolean> => {
      text = (await store.log(id, 0, 1000)).map(({ line }) => line).join('\n');
      return pattern.test(text);
    };
    assert.ok(await waitUntil(isWritten, LONG), text);
    return text;
  };
  /** A whole second that is about to come. */
  const soon = (): number => Math.ceil((Date.now() + 1000) / 1000) * 1000;
  const once = (at: number, epsilon: string): string => `R0/${new Date(at).toISOString()}/PT1H/${epsilon}`;
  const lateness = ({ at, headers }: SeenRequest): number => at - Date.parse(String(headers['synergy-time']));

  it('three firings reach their target at their instants, and the trigger has ended (1)', async () => {
    const target = await startTarget();
    const start = soon() + 1000;
    await put('thrice', {
      schedule: `R2/${new Date(start).toISOString()}/PT2S/ET5S`,
      target: { url: `${target.origin}/hook` },
    });
    const units = await Promise.all([0, 2000, 4000].map((after) => ended('thrice', start + after)));
    assert.deepEqual(
      units.map(({ state }) => state),
      ['PROCESSED', 'PROCESSED', 'PROCESSED'],
    );
    assert.deepEqual(
      target.seen.map(({ headers }) => Date.parse(String(headers['synergy-time'])) - start),
      [0, 2000, 4000],
    );
    const late = target.seen.map(lateness);
    assert.ok(
      late.every((ms) => ms >= 0 && ms < 1000),
      `late by ${late.join(', ')} ms`,
    );
    assert.ok(await waitUntil(async () => typeof (await trigger('thrice'))?.endedAt === 'number', LONG));
  });

  it('the same body put again and again over a firing changes nothing, and it happens once and on time (5)', async () => {
    const target = await startTarget();
    const at = soon() + 1000;
    const body = { schedule: once(at, 'ET30S'), target: { url: `${target.origin}/hook` }, payload: { a: 1 } };
    await put('same', body);
    const again = async (place: number): Promise<object> => {
      const own = { kind: 'put-trigger', owner: 'local', triggerId: 'same', reason: 'test' };
      const id = place % 2 === 0 ? 'put-same-again' : `put-same-${place}`;
      const answer = await fetch(new URL('api/v1/commands', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id, ...own, ...body }),
      });
      const told = (await answer.json()) as { result: object };
      assert.ok(answer.ok, JSON.stringify(told));
      return told.result;
    };
    assert.ok(await waitUntil(() => Date.now() > at - 400, LONG));
    const results = await Promise.all(Array.from({ length: 100 }, (_, place) => again(place)));
    for (const result of results)
      assert.deepEqual(result, { trigger: 'local/same', changed: false, revision: 1 });
    await ended('same', at);
    assert.deepEqual(target.seen.map(lateness).length, 1);
    const [late = NaN] = target.seen.map(lateness);
    assert.ok(late >= 0 && late < 2000, `late by ${late} ms`);
    assert.equal((await trigger('same'))?.revision, 1);
  });

  it('the payload is sent, and the times behind the query of the user (15)', async () => {
    const target = await startTarget();
    const at = soon();
    const schedule = once(at, 'ET1M');
    await put('with', {
      schedule,
      target: { url: `${target.origin}/hook?b=2&time=x&a=1` },
      payload: { x: 'y' },
    });
    await ended('with', at);
    const next = soon();
    await put('without', { schedule: once(next, 'ET1M'), target: { url: `${target.origin}/hook` } });
    await ended('without', next);
    const [first, second] = target.seen;
    assert.equal(first!.method, 'POST');
    assert.equal(first!.headers['content-type'], 'application/json');
    assert.match(first!.url, /^\/hook\?b=2&time=x&a=1&epsilon=60&at=\d+$/);
    assert.deepEqual([first!.body, second!.body], ['{"x":"y"}', '{}']);
  });

  it('a target that asks for time and then does not answer gets a third attempt (18)', async () => {
    const target = await startTarget();
    const answers = [status(503, { 'retry-after': '2' }, 'x'.repeat(5000)), () => undefined, status(200)];
    target.answer = (...given) => answers.shift()?.(...given);
    const at = soon();
    await put('patient', { schedule: once(at, 'ET1M'), target: { url: target.origin, timeout: 1000 } });
    const uow = await ended('patient', at);
    assert.equal(uow.state, 'PROCESSED');
    assert.equal(uow.attempt, 3);
    const [first, second, third] = target.seen.map((request) => request.at);
    assert.ok(second! - first! >= 2000, `${second! - first!} ms`);
    assert.ok(third! - second! >= 1000, `${third! - second!} ms`);
    assert.equal(new Set(target.seen.map(({ headers }) => headers['webhook-id'])).size, 1);
    const text = await log(uow, /← 200 in \d+ ms$/);
    assert.match(text, /← 503 in \d+ ms, retry after 2s\nx{4096}…\n/);
    assert.match(text, /← no answer in 1s\n→ POST /);
  });

  it('a target that always fails is given up when its time is over (18)', async () => {
    const target = await startTarget();
    target.answer = status(500);
    const at = soon();
    await put('failing', { schedule: once(at, 'ET5S'), target: { url: target.origin } });
    const uow = await ended('failing', at);
    assert.equal(uow.state, 'CANCELED');
    assert.match(uow.error ?? '', /^no time for another try: /);
    assert.ok(target.seen.length >= 3, `${target.seen.length} attempts`);
    assert.ok(lateness(target.seen.at(-1)!) <= 5000 + 50, `${lateness(target.seen.at(-1)!)} ms`);
  });

  it('a target that is gone has its trigger paused, and one that redirects is asked once (19)', async () => {
    const [gone, moved] = [await startTarget(), await startTarget()];
    gone.answer = status(410);
    moved.answer = status(302, { location: 'http://169.254.169.254/' });
    const at = soon();
    const every = `R/${new Date(at).toISOString()}/PT1H/ET1M`;
    await put('gone', { schedule: every, target: { url: gone.origin } });
    await put('moved', { schedule: every, target: { url: moved.origin } });
    const [first, second] = await Promise.all([ended('gone', at), ended('moved', at)]);
    assert.deepEqual([first.state, second.state], ['CANCELED', 'CANCELED']);
    assert.match(
      second.error ?? '',
      /answers with a redirect to http:\/\/169\.254\.169\.254\/: use that address/,
    );
    assert.equal(moved.seen.length, 1);
    assert.ok(await waitUntil(async () => (await trigger('gone'))?.on === false, LONG));
    assert.match(
      (await trigger('gone'))?.note ?? '',
      /^410 in \d+ ms: the target is gone and wants no more$/,
    );
    assert.equal((await trigger('moved'))?.on, true);
  });
});
