import assert from 'node:assert/strict';
import { withHeader } from './support/accounts.ts';
import { json } from './support/ask.ts';
import {
  delivered,
  eventContext,
  playExecution,
  playTriggers,
  putTrigger,
  refused,
} from './support/events.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

interface Row {
  readonly owner: string;
  readonly id: string;
  readonly state: string;
  readonly next: number | null;
  readonly last: { readonly id: string; readonly outcome: string } | null;
}
interface Told {
  readonly items: readonly Row[];
  readonly nextCursor: string | null;
}

describe('what the API tells of event triggers', () => {
  let served: Served;
  let failed: string;
  before(async () => {
    served = await serve(undefined, eventContext());
    ({ failed } = await playTriggers(served.rig));
  });
  after(() => served.close());

  const read = async <T>(path: string, status = 200): Promise<T> => {
    const answer = await served.ask(`/api/v1${path}`);
    assert.equal(answer.status, status, answer.body);
    return answer.json() as T;
  };
  const ids = async (query: string): Promise<string[]> =>
    (await read<Told>(`/triggers?${query}`)).items.map(({ id }) => id);

  it('is a list with the next firing and the last outcome of each, page by page', async () => {
    const { items } = await read<Told>('/triggers');
    assert.deepEqual(
      items.map(({ id, state, next, last }) => [id, state, next !== null, last?.outcome]),
      [
        ['heartbeat', 'on', true, 'success'],
        ['month-end', 'on', true, 'planned'],
        ['moved', 'paused', false, undefined],
        ['nightly-report', 'failing', true, 'failed'],
        ['once', 'ended', false, undefined],
      ],
    );
    assert.ok(!('payload' in (items[0] ?? {})), 'payloads may be long');
    const first = await read<Told>('/triggers?limit=3');
    assert.equal(first.nextCursor, 'local/moved');
    const second = await read<Told>('/triggers?limit=3&cursor=local/moved');
    assert.deepEqual(
      [second.items.map(({ id }) => id), second.nextCursor],
      [['nightly-report', 'once'], null],
    );
    await read('/triggers?cursor=moved', 400);
  });

  it('is narrowed by a word, a state, a label, a target and an owner', async () => {
    assert.deepEqual(await ids('q=NIGHT'), ['nightly-report']);
    assert.deepEqual(await ids('state=paused'), ['moved']);
    assert.deepEqual(await ids('state=failing'), ['nightly-report']);
    assert.deepEqual(await ids('label=team'), ['nightly-report']);
    assert.deepEqual(await ids('label=team:billing'), ['nightly-report']);
    assert.deepEqual(await ids('label=team:sales'), []);
    assert.deepEqual(await ids('target=hook/report'), ['nightly-report']);
    assert.deepEqual(await ids('owner=ann'), []);
    assert.deepEqual(await ids('state=paused,failing'), ['moved', 'nightly-report']);
    assert.deepEqual(await ids('state=on,failing,ended'), await ids('state=ended,on'));
    assert.deepEqual((await ids('state=on,paused,ended,failing')).length, (await ids('')).length);
    assert.deepEqual(await ids('state=paused,failing&limit=1'), ['moved']);
    for (const wrong of ['asleep', 'on,asleep', 'on,', '']) await read(`/triggers?state=${wrong}`, 400);
  });

  it('is one trigger with its payload, its next firings, counts, and its revision as a tag', async () => {
    const answer = await served.ask('/api/v1/triggers/local/nightly-report');
    assert.equal(answer.headers['etag'], '"1"');
    const { payload, nextFires, counts, state } = answer.json();
    assert.deepEqual(payload, { days: 7, mail: ['ops@example.org'] });
    assert.equal((nextFires as number[]).length, 10);
    assert.deepEqual(state, 'failing');
    assert.deepEqual(counts, {
      ...{ planned: 0, delivering: 0, retrying: 0, quarantined: 0, success: 1, expired: 0, failed: 1 },
      total: 2,
    });
    await read('/triggers/local/none', 404);
  });

  it('is its executions by outcome and by when they were due, the newest first', async () => {
    const list = async (query: string): Promise<string[]> =>
      (
        await read<{ items: { outcome: string }[] }>(`/triggers/local/heartbeat/executions?${query}`)
      ).items.map(({ outcome }) => outcome);
    assert.deepEqual(await list(''), ['success', 'success', 'failed', 'success', 'success', 'success']);
    assert.deepEqual(await list('outcome=failed'), ['failed']);
    assert.deepEqual(await list('outcome=retrying'), []);
    const all = await read<{ items: { id: string; due: number }[]; nextCursor: string }>(
      '/triggers/local/heartbeat/executions?limit=2',
    );
    const [, second] = all.items;
    assert.equal(all.nextCursor, second?.id);
    assert.equal((await list(`limit=9&cursor=${encodeURIComponent(all.nextCursor)}`)).length, 4);
    const instant = new Date(second?.due ?? 0).toISOString();
    assert.deepEqual([(await list(`from=${instant}`)).length, (await list(`to=${instant}`)).length], [2, 4]);
    await read('/triggers/local/heartbeat/executions?cursor=Events:local/heartbeat/none%231', 400);
    assert.deepEqual(await read('/triggers/local/none/executions'), { items: [], nextCursor: null });
  });

  it('is one execution with its attempts and its lines, which is sent again', async () => {
    const path = `/executions/${encodeURIComponent(failed)}`;
    const told = await read<Record<string, unknown>>(path);
    assert.deepEqual(
      [told['trigger'], told['outcome'], told['occasion']],
      ['local/nightly-report', 'failed', 'hand'],
    );
    const [attempt] = told['attempts'] as object[];
    assert.deepEqual(
      { ...attempt, at: 0 },
      {
        ...{ number: 1, at: 0, request: 'POST https://example.org/hook 312 bytes' },
        ...{ headers: '', answer: '503 Service Unavailable in 41 ms', body: '{"error":"the queue is full"}' },
      },
    );
    assert.equal((told['log'] as object[]).length, 3);
    const again = await served.ask(`/api/v1${path}/resend`, json({ reason: 'mended', id: 'sent-again-1' }));
    assert.deepEqual(again.json()['result'], {
      execution: 'Events:local/nightly-report/by-hand#sent-again-1',
    });
    await served.rig.tick('SiteHourly');
    await read(`/executions/${encodeURIComponent('SiteHourly/2015053122#1')}`, 404);
  });

  it('is the version that it has, where it has changed since it was read', async () => {
    const body = json({ schedule: 'every 1h', target: { url: 'https://example.org/' }, reason: 'a test' });
    const put = (id: string) =>
      served.ask(`/api/v1/triggers/local/${id}`, withHeader(body, 'If-Match', '"7"'));
    const versions: unknown[] = [];
    for (const id of ['moved', 'none']) {
      const { status, headers, json: problem } = await put(id);
      versions.push([status, problem()['version'], headers['etag']]);
    }
    assert.deepEqual(versions, [
      [412, 2, '"2"'],
      [412, 0, '"0"'],
    ]);
  });

  it('looks at the last execution of each, tests aside, and at no more than are kept', async () => {
    await putTrigger(served.rig, {
      id: 'tried',
      schedule: 'every 1h',
      target: { url: 'https://example.org/' },
    });
    await playExecution(served.rig, 'tried', delivered);
    const test = { kind: 'test-trigger', owner: 'local', triggerId: 'tried' } as const;
    const { result } = await served.rig.api.execute(test);
    await served.rig.api.execute({ kind: 'cancel-uow', uowId: result?.['execution'] as string });
    const row = (await read<Told>('/triggers?q=tried')).items[0];
    assert.deepEqual([row?.state, row?.last?.outcome], ['on', 'success']);
    await playExecution(served.rig, 'tried', refused);
    assert.equal((await read<Told>('/triggers?q=tried')).items[0]?.state, 'failing');
  });
});
