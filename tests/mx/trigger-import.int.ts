import assert from 'node:assert/strict';
import { lineOf } from '../../scheduler/commands/trigger-lines.ts';
import { emptyTrigger } from '../../mx/actions/trigger-form.ts';
import { form, json } from './support/ask.ts';
import type { Answer, Question } from './support/ask.ts';
import { eventContext, playTriggers } from './support/events.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const hook = { url: 'https://example.org/hook' };
const line = (id: string, more: object = {}): string =>
  JSON.stringify({ owner: 'local', id, schedule: 'every 1h', target: hook, ...more });
const lines = (...texts: readonly string[]): Question => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/x-ndjson' },
  body: texts.join('\n'),
});

interface Refused {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

describe('JSON lines of event triggers', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serve(undefined, eventContext(), { hasTriggers: true });
  });
  afterEach(() => served.close());

  const put = (question: Question, more = ''): Promise<Answer> =>
    served.ask(`/api/v1/triggers/import?reason=moved${more}`, question);
  const exported = async (query = ''): Promise<string> => {
    const { status, body, headers } = await served.ask(`/api/v1/triggers/export${query}`);
    assert.deepEqual([status, headers['content-type']], [200, 'application/x-ndjson']);
    return body;
  };
  const all = async (): Promise<string[]> =>
    ((await served.ask('/api/v1/triggers')).json()['items'] as { id: string }[]).map(({ id }) => id);

  it('are put by one command, which is carried out once for its id', async () => {
    const question = lines(line('a'), '', line('b', { payload: { a: [1, null] } }), '');
    const first = await put(question, '&id=command-0001');
    assert.deepEqual(first.json(), { created: 2, changed: 0, unchanged: 0, refused: [] });
    assert.deepEqual((await put(question, '&id=command-0001')).json(), first.json());
    const again = await put(lines(line('a', { name: 'A' }), line('b', { payload: { a: [1, null] } })));
    assert.deepEqual(again.json(), { created: 0, changed: 1, unchanged: 1, refused: [] });
    const commands = (await served.ask('/api/v1/commands')).json()['items'] as { kind: string }[];
    assert.deepEqual(
      commands.map(({ kind }) => kind),
      ['put-triggers', 'put-triggers'],
    );
  });

  it('are refused one by one, by their numbers, or all together', async () => {
    const bad = line('c', { schedule: 'R/2027-02-30T00:00:00Z/P1D' });
    const question = lines(line('a'), '{', bad, '7', line('d', { colour: 'red' }), line('e'));
    const atomic = await put(question, '&atomic=true');
    assert.deepEqual([atomic.status, atomic.json()['code']], [400, 'INVALID_ARGUMENT']);
    assert.match(String(atomic.json()['detail']), /^line 2: it is not JSON: .*; nothing was put$/);
    assert.deepEqual(await all(), []);
    const { refused, ...counts } = (await put(question)).json();
    assert.deepEqual(counts, { created: 2, changed: 0, unchanged: 0 });
    assert.deepEqual(
      (refused as Refused[]).map(({ line, code }) => [line, code]),
      [
        [2, 'INVALID_ARGUMENT'],
        [3, 'INVALID_SCHEDULE'],
        [4, 'INVALID_ARGUMENT'],
        [5, 'INVALID_ARGUMENT'],
      ],
    );
    assert.match((refused as Refused[])[3]?.message ?? '', /colour/);
    assert.deepEqual(await all(), ['a', 'e']);
  });

  it('are 1,000 at most, of that type, and with a reason', async () => {
    const many = await put(lines(...Array.from({ length: 1_001 }, (_, n) => line(`t-${n}`))));
    assert.deepEqual([many.status, many.json()['code']], [400, 'INVALID_ARGUMENT']);
    assert.match(String(many.json()['detail']), /1 to 1000 event triggers, one a line, given 1001 lines/);
    assert.equal((await put(lines(''))).status, 400);
    assert.equal((await put(json({ id: 'a' }))).status, 415);
    assert.equal((await served.ask('/api/v1/triggers/import', lines(line('a')))).status, 400);
    const thousand = await put(lines(...Array.from({ length: 1_000 }, (_, n) => line(`t-${n}`))));
    assert.equal(thousand.json()['created'], 1_000);
    assert.equal((await exported()).trim().split('\n').length, 1_000);
  });

  it('change nothing when what was exported is imported, and take another owner', async () => {
    await playTriggers(served.rig);
    const text = await exported();
    assert.equal(text.trim().split('\n').length, 5);
    const again = (await put(lines(text))).json();
    assert.deepEqual(again, { created: 0, changed: 0, unchanged: 5, refused: [] });
    assert.equal(await exported(), text);
    const given = await put(lines(text), '&owner=ann');
    assert.equal(given.json()['created'], 5);
    assert.equal((await exported('?owner=ann')).replaceAll('"owner":"ann"', '"owner":"local"'), text);
    assert.match(await exported('?owner=local&state=paused'), /^\{"owner":"local","id":"moved"[^\n]*\n$/);
    assert.match(
      await exported('?owner=local&state=failing'),
      /^\{"owner":"local","id":"nightly-report"[^\n]*\n$/,
    );
    assert.equal(await exported('?q=nothing-like-it'), '');
    const trigger = await served.api.trigger({ owner: 'local', id: 'moved' });
    assert.ok(text.includes(lineOf(trigger)));
  });

  /** What is wrong, the code, the part that is named, and what is told to be right. */
  const wrong: readonly (readonly [name: string, given: object, code: string, says: RegExp])[] = [
    ['30 February', { schedule: 'R/2027-02-30T00:00:00Z/P1D' }, 'INVALID_SCHEDULE', /start .*2027-02-28/],
    ['no period', { schedule: 'R/2027-01-01T00:00:00Z/P0M' }, 'INVALID_SCHEDULE', /period .*such as/],
    [
      'a period out of order',
      { schedule: 'R/2027-01-01T00:00:00Z/P1D2M' },
      'INVALID_SCHEDULE',
      /period .*P2M1D/,
    ],
    [
      'an epsilon of months',
      { schedule: 'R/2027-01-01T00:00:00Z/P1D/E1M' },
      'INVALID_SCHEDULE',
      /epsilon .*such as/,
    ],
    ['half an address', { target: { url: 'amqp:/x' } }, 'INVALID_TARGET', /target, .*such as amqp:\/\//],
    [
      'a header of HTTP',
      { target: { ...hook, headers: { Host: 'a' } } },
      'INVALID_TARGET',
      /header 'Host'.*such as/,
    ],
  ];
  for (const [name, given, code, says] of wrong)
    it(`are refused as a body and a form are, with the part that is wrong: ${name}`, async () => {
      const body = { schedule: 'every 1h', target: hook, ...given };
      const direct = await served.ask('/api/v1/triggers/local/c', json({ ...body, reason: 'a test' }));
      assert.deepEqual([direct.status, direct.json()['code']], [400, code]);
      assert.match(String(direct.json()['detail']), says);
      const third = await put(lines(line('a'), line('b'), line('c', given)), '&atomic=true');
      assert.deepEqual([third.status, third.json()['code']], [400, code]);
      assert.equal(third.json()['detail'], `line 3: ${String(direct.json()['detail'])}; nothing was put`);
      const { headers = {} } = body.target as { headers?: Record<string, string> };
      const typed = {
        ...{
          ...emptyTrigger,
          triggerId: 'c',
          schedule: body.schedule,
          url: body.target.url,
          reason: 'a test',
        },
        headers: Object.entries(headers)
          .map((pair) => pair.join(': '))
          .join('\n'),
      };
      const page = await served.ask('/triggers/new', form(typed));
      assert.equal(page.status, 400);
      assert.match(page.body, /class="error-line"/);
      for (const kept of [body.schedule, body.target.url]) assert.ok(page.body.includes(kept), kept);
      assert.deepEqual(await all(), []);
    });
});
