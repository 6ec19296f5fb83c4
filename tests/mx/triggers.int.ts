import assert from 'node:assert/strict';
import {
  eventContext,
  delivered,
  playEnd,
  playExecution,
  playPause,
  playTriggers,
  putTrigger,
  refused,
} from './support/events.ts';
import { serveGuarded } from './support/accounts.ts';
import { form } from './support/ask.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const typed = {
  triggerId: 'weekly',
  name: 'Weekly mail',
  schedule: 'every 1d',
  epsilon: '10m',
  url: 'https://example.org/hook',
  method: 'PUT',
  payload: '{"to": ["ops"]}',
  headers: 'x-team: billing\r\nx-place: north',
  query: 'true',
  attempts: '3',
  revision: '0',
};

/** The text of a page without its tags. */
const textOf = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

describe('the pages of event triggers', function () {
  this.timeout(30_000);
  let served: Served;
  let failed: string;
  beforeEach(async () => {
    served = await serve(Date.UTC(2015, 4, 31, 22), eventContext(), { hasTriggers: true });
    ({ failed } = await playTriggers(served.rig));
  });
  afterEach(() => served.close());

  const page = async (path: string): Promise<string> => {
    const { status, body } = await served.ask(path);
    assert.equal(status, 200, body);
    return body;
  };
  const names = (html: string): string[] =>
    [...html.matchAll(/class="name"[^>]*>([^<]*)</g)].map(([, name = '']) => name);
  const tabs = (html: string): string[] =>
    [...(/<nav class="tabs".*?<\/nav>/s.exec(html)?.[0] ?? '').matchAll(/>(\w+) <b[^>]*>([^<]*)</g)].map(
      ([, label = '', count = '']) => `${label} ${count}`,
    );

  it('are there only where event triggers are on', async () => {
    const without = await serve();
    try {
      assert.equal((await without.ask('/triggers')).status, 404);
      assert.equal((await without.ask('/triggers/new', form(typed))).status, 404);
      assert.doesNotMatch((await without.ask('/')).body, /href="\/triggers"/);
    } finally {
      await without.close();
    }
    assert.match(await page('/'), /href="\/triggers"/);
  });

  it('show a secret that signs once, when it is made', async () => {
    await putTrigger(served.rig, {
      id: 'signed',
      schedule: 'every 1d',
      target: { url: 'https://example.org/hook' },
    });
    const path = '/triggers/local/signed';
    const action = '/actions/rotate-secret?owner=local&triggerId=signed';
    assert.match(await page(path), /href="\/actions\/rotate-secret\?[^"]*"[^>]*>Sign its messages</);
    assert.match(textOf(await page(action)), /New secret local\/signed/);
    const fields = { id: 'rotated-once', owner: 'local', triggerId: 'signed', reason: 'a test' };
    const { status, body } = await served.ask('/actions/rotate-secret', form(fields));
    const [, secret = ''] = /value="(whsec_[^"]+)"/.exec(body) ?? [];
    assert.equal(status, 200, body);
    assert.notEqual(secret, '');
    const shown = await page(path);
    assert.match(textOf(shown), /yes, by the secret [\da-f]{16}/);
    assert.match(shown, /href="\/actions\/unsign-trigger\?[^"]*"[^>]*>Sign no more</);
    for (const text of [shown, await page('/journal'), (await served.ask('/api/v1/commands')).body])
      assert.ok(!text.includes(secret.slice(6)) && !text.includes(secret.slice(6).replaceAll('+', '&#43;')));
    const asked = await page('/actions/unsign-trigger?owner=local&triggerId=signed');
    assert.match(textOf(asked), /receivers that check signatures refuse them/);
    const unsigned = await served.ask('/actions/unsign-trigger', form({ ...fields, id: 'unsigned-once' }));
    assert.equal(unsigned.status, 303);
    const after = await page(path);
    assert.match(textOf(after), /Signed\s+no/);
    assert.doesNotMatch(after, /actions.unsign-trigger/);
    assert.match(after, />Sign its messages</);
  });

  it('list secrets of headers by name, put and delete them, and show none', async () => {
    assert.match(textOf(await page('/triggers/secrets')), /Secrets.*triggers of local.*None yet/s);
    const asked = await page('/actions/put-secret?owner=local');
    assert.match(asked, /<input type="password" name="value" value=""/);
    const fields = { owner: 'local', secretName: 'billing', value: 'an owl of the barn', reason: 'a test' };
    const put = await served.ask('/actions/put-secret', form({ ...fields, id: 'secret-put-1' }));
    assert.deepEqual([put.status, put.headers.location], [303, '/triggers/secrets?owner=local']);
    const refused = await served.ask(
      '/actions/put-secret',
      form({ ...fields, secretName: 'a b', id: 'secret-2' }),
    );
    assert.equal(refused.status, 400);
    const shown = await page('/triggers/secrets');
    assert.match(textOf(shown), /billing\s+[\da-f]{16}/);
    const change = /href="(\/actions\/put-secret\?[^"]*secretName[^"]*)"/.exec(shown)?.[1] ?? assert.fail();
    assert.match(
      textOf(await page(change.replaceAll('&amp;', '&').replaceAll('&#38;', '&'))),
      /Change the secret billing/,
    );
    for (const text of [shown, refused.body, (await served.ask('/api/v1/commands')).body])
      assert.doesNotMatch(text, /owl of the barn/);
    const gone = await served.ask(
      '/actions/remove-secret',
      form({ owner: 'local', secretName: 'billing', reason: 'a test', id: 'secret-gone' }),
    );
    assert.equal(gone.status, 303);
    assert.doesNotMatch(await page('/triggers/secrets'), /billing\b(?!\})/);
  });

  it('list triggers with true counts, by state and by what is looked for', async () => {
    const all = await page('/triggers');
    assert.deepEqual(tabs(all), ['All 5', 'On 3', 'Paused 1', 'Failing 1', 'Ended 1']);
    assert.deepEqual(names(all), ['heartbeat', 'Close the month', 'Old shop', 'Nightly report', 'Launch']);
    assert.deepEqual(names(await page('/triggers?state=failing')), ['Nightly report']);
    assert.deepEqual(names(await page('/triggers?state=paused')), ['Old shop']);
    assert.deepEqual(names(await page('/triggers?state=ended')), ['Launch']);
    assert.deepEqual(names(await page('/triggers?state=ended,paused')), ['Old shop', 'Launch']);
    const found = await page('/triggers?q=BILLING');
    assert.deepEqual([names(found), tabs(found)[0]], [['Nightly report'], 'All 1']);
    assert.deepEqual(names(await page('/triggers?q=hook%2Freport&state=on')), ['Nightly report']);
    assert.match(textOf(await page('/triggers?q=nothing')), /None that “nothing” is found in/);
    assert.match(textOf(all), /410 Gone: the shop has moved/);
    assert.match(textOf(all), /Every day at 02:30 UTC/);
  });

  it('do not call a trigger failing whose last execution was delivered', async () => {
    await playExecution(served.rig, 'nightly-report', delivered);
    served.rig.clock.advance(60_000);
    assert.equal(tabs(await page('/triggers'))[3], 'Failing 0');
    await playExecution(served.rig, 'nightly-report');
    await playExecution(served.rig, 'heartbeat', refused);
    assert.deepEqual(names(await page('/triggers?state=failing')), ['heartbeat']);
    // The next one is under way: what is known of the trigger is what was.
    const retryAt = served.rig.clock.now() + 60_000;
    await playExecution(served.rig, 'heartbeat', { event: 'fail', error: '503', retryAt });
    served.rig.clock.advance(60_000);
    assert.equal(tabs(await page('/triggers'))[3], 'Failing 1');
  });

  it('show pages of a hundred, and lead on', async () => {
    for (let n = 0; n < 103; n++)
      await putTrigger(served.rig, {
        ...{
          id: `z-${String(n).padStart(3, '0')}`,
          schedule: 'every 1d',
          target: { url: 'https://example.org' },
        },
      });
    const first = await page('/triggers?q=z-');
    assert.equal(names(first).length, 100);
    const next = /href="([^"]*after=[^"]*)"/.exec(first)?.[1] ?? '';
    assert.deepEqual(names(await page(next.replaceAll('&amp;', '&'))), ['z-100', 'z-101', 'z-102']);
    assert.equal((await served.ask('/triggers?after=nonsense')).status, 400);
  });

  it('show a trigger with its next ten firings, and keep values of private headers to themselves', async () => {
    const html = await page('/triggers/local/month-end');
    assert.equal([...(/<ol class="next">.*?<\/ol>/s.exec(html)?.[0] ?? '').matchAll(/<li>/g)].length, 10);
    assert.match(textOf(html), /last day/);
    assert.match(html, /authorization: \*\*\*\nx-team: billing/);
    assert.doesNotMatch(html, /s3cret/);
    assert.equal((await served.ask('/triggers/local/none')).status, 404);
  });

  it('show an execution: when it was planned and begun, what was sent and what came back', async () => {
    const html = textOf(await page(`/executions/${encodeURIComponent(failed)}`));
    assert.match(html, /It failed: gave up after 10 attempts: 503 Service Unavailable\./);
    assert.match(html, /Late 12ms/);
    assert.match(html, /POST https:\/\/example.org\/hook 312 bytes/);
    assert.match(html, /503 Service Unavailable in 41 ms/);
    assert.match(html, /the queue is full/);
    assert.match(html, /Send again/);
    assert.equal((await served.ask('/executions/SiteHourly%2F2015053122%231')).status, 404);
    assert.match(
      await page(`/units/${encodeURIComponent(failed)}`),
      /href="\/triggers\/local\/nightly-report"/,
    );
  });

  it('pause with the reason as the note, and lead to the list after a deletion', async () => {
    const key = { owner: 'local', triggerId: 'heartbeat', id: 'command-0001', reason: 'too loud' };
    const paused = await served.ask('/actions/pause-trigger', form(key));
    assert.deepEqual([paused.status, paused.headers.location], [303, '/triggers/local/heartbeat']);
    assert.match(textOf(await page('/triggers/local/heartbeat')), /It is paused: “too loud”/);
    const gone = await served.ask('/actions/remove-trigger', form({ ...key, id: 'command-0002' }));
    assert.deepEqual([gone.status, gone.headers.location], [303, '/triggers']);
    assert.equal((await served.ask('/triggers/local/heartbeat')).status, 404);
  });

  it('tell who paused a trigger, when and why', async () => {
    const html = textOf(await page('/triggers/local/moved'));
    assert.match(html, /It is paused: “410 Gone: the shop has moved”, by ann at 2015-06-02/);
  });

  it('show how the last executions of a trigger ended, and narrow its history', async () => {
    const html = await page('/triggers/local/heartbeat');
    assert.match(textOf(html), /Last 6 executions 5 delivered, 1 failed; half began within 12ms/);
    assert.equal([...html.matchAll(/<use class="g k-invalid"/g)].length, 1);
    const rows = async (query: string): Promise<number> =>
      [...(await page(`/triggers/local/heartbeat${query}`)).matchAll(/<tr id="e-/g)].length;
    assert.deepEqual(
      [await rows('?outcome=failed'), await rows('?outcome=delivered'), await rows('?outcome=expired')],
      [1, 5, 0],
    );
    assert.deepEqual(
      [
        await rows('?from=2015-06-02&to=2015-06-02'),
        await rows('?from=2015-06-03'),
        await rows('?from=&to=2015-06-01'),
      ],
      [6, 0, 0],
    );
    assert.equal((await served.ask('/triggers/local/heartbeat?from=soon')).status, 400);
  });

  it('say in one line how deliveries go', async () => {
    const html = textOf(await page('/triggers'));
    assert.match(html, /Due 1 in the next minute/);
    assert.match(html, /Delivered 6 in the last hour Failed 2 in the last hour Expired 0 /);
    assert.match(html, /Late 12ms 99 % began within/);
  });

  it('have the overview tell which ones a gone target paused, which fail, and what expired today', async () => {
    const before = textOf(await page('/'));
    assert.match(before, /503 Service Unavailable Trigger Nightly report , failing for 1 firing /);
    assert.doesNotMatch(before, /Old shop|Expired today/);
    const gone = { actor: 'worker pine', why: 'gone', note: '410 in 42 ms: the target is gone' } as const;
    await playPause(served.rig, 'month-end', gone);
    const often = { actor: 'scheduler', why: 'failing', note: '3 executions in a row failed' } as const;
    await playPause(served.rig, 'nightly-report', often);
    await playExecution(served.rig, 'heartbeat', { event: 'empty', error: 'could not begin in time' });
    const html = textOf(await page('/'));
    assert.match(html, /410 in 42 ms: the target is gone Trigger Close the month , paused 2015-06-02/);
    assert.match(html, /3 executions in a row failed Trigger Nightly report , paused 2015-06-02/);
    assert.match(html, /Expired today: 1 execution of 1 trigger\./);
    assert.match(
      textOf(await page('/triggers/local/month-end')),
      /“410 in 42 ms: the target is gone”, by worker pine at/,
    );
    for (const triggerId of ['month-end', 'nightly-report'])
      await served.rig.api.execute({ kind: 'resume-trigger', owner: 'local', triggerId });
    assert.doesNotMatch(textOf(await page('/')), /Close the month/);
  });

  it('lead to the sending again of what was lost, after it was shown how much', async () => {
    const html = await page('/triggers/local/nightly-report?from=2015-06-01');
    const [, href = '', text] =
      /<a class="button small" href="([^"]*resend[^"]*)"[^>]*>([^<]*)</.exec(html) ?? [];
    assert.equal(text, 'Resend all that failed since 2015-06-01');
    const asked = await page(href.replaceAll('&amp;', '&'));
    assert.match(
      textOf(asked),
      /1 message to https:\/\/example\.org\/hook\/report\S*, planned from 2015-06-02/,
    );
    assert.doesNotMatch(await page('/triggers/local/month-end'), /resend-executions/);
  });

  it('show in the form what came of a test, of what is typed and not stored', async () => {
    const test = (given: Readonly<Record<string, string>>) =>
      served.ask('/triggers/new', form({ ...typed, schedule: '', test: 'here', ...given }));
    const sent = await test({});
    const href = /hx-get="([^"]*)"/.exec(sent.body)?.[1] ?? assert.fail(sent.body);
    const [, id = ''] = /executions\/([^?]*)/.exec(href) ?? [];
    assert.match(await page(href), /hx-get=[^]*It is planned, and waits for a worker/);
    await playEnd(served.rig, decodeURIComponent(id), refused);
    const told = await page(href);
    assert.match(
      textOf(told),
      /It failed: gave up .* POST https:\/\/example\.org\/hook 312 bytes .*the queue is full/,
    );
    assert.doesNotMatch(told, /hx-get="\/executions/);
    assert.match(textOf((await test({ url: 'ftp://example.org' })).body), /Nothing was sent: .*ftp/);
    assert.match((await test({ test: 'true' })).body, /A test was sent: <a href="\/executions\//);
    await assert.rejects(served.api.trigger({ owner: 'local', id: 'weekly' }), { code: 'NOT_FOUND' });
  });

  it('lead to the export of all that were found', async () => {
    const [, href = ''] = /href="([^"]*)" download/.exec(await page('/triggers?q=shop')) ?? [];
    const lines = (await page(href.replaceAll('&amp;', '&'))).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { name: string }).name),
      ['Old shop'],
    );
  });

  describe('act on all triggers that were found', () => {
    const act = '/triggers/act';
    const fieldsOf = (html: string): Record<string, string> =>
      Object.fromEntries(
        [...html.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
          name,
          value,
        ]),
      );

    it('after they have shown which they are, each by a command of its own', async () => {
      const asked = await page(`${act}?deed=pause&q=hook`);
      assert.match(textOf(asked), /Pause 4 triggers All of those that “hook” is found in\./);
      assert.match(asked, /href="\/triggers\/local\/month-end"/);
      const { status, headers } = await served.ask(
        act,
        form({ ...fieldsOf(asked), reason: 'the hook moves' }),
      );
      assert.deepEqual([status, headers.location], [303, '/triggers?q=hook']);
      assert.equal(tabs(await page('/triggers'))[2], 'Paused 5');
      assert.match(
        textOf(await page('/triggers/local/month-end')),
        /It is paused: “the hook moves”, by local at/,
      );
      assert.match(textOf(await page(`${act}?deed=pause`)), /Nothing would change/);
    });

    it('but not when others are found meanwhile', async () => {
      const asked = fieldsOf(await page(`${act}?deed=delete&state=paused`));
      await putTrigger(served.rig, {
        id: 'quiet',
        schedule: 'every 1h',
        target: { url: 'https://example.org' },
        on: false,
      });
      const { status, body } = await served.ask(act, form({ ...asked, reason: 'old' }));
      assert.equal(status, 409);
      assert.match(textOf(body), /Nothing was done: .* have changed .* local\/quiet/);
      const again = await served.ask(act, form({ ...fieldsOf(body), reason: 'old' }));
      assert.equal(again.status, 303);
      assert.equal(tabs(await page('/triggers'))[2], 'Paused 0');
    });

    it('with a reason, and never by a link alone', async () => {
      const asked = fieldsOf(await page(`${act}?deed=delete`));
      assert.equal((await served.ask(act, form({ ...asked, reason: ' ' }))).status, 400);
      assert.equal(tabs(await page('/triggers'))[0], 'All 5');
    });
  });

  describe('make and change triggers by a form', () => {
    it('puts what was typed, all of it', async () => {
      const { status, headers, body } = await served.ask('/triggers/new', form(typed));
      assert.deepEqual([status, headers.location], [303, '/triggers/local/weekly'], body);
      const trigger = await served.api.trigger({ owner: 'local', id: 'weekly' });
      assert.deepEqual(
        [trigger.name, trigger.epsilon, trigger.payload, trigger.retry.attempts, trigger.target],
        [
          'Weekly mail',
          600_000,
          { to: ['ops'] },
          3,
          {
            ...{
              url: 'https://example.org/hook',
              method: 'PUT',
              format: 'plain',
              query: true,
              eventType: null,
            },
            ...{ headers: { 'x-team': 'billing', 'x-place': 'north' }, timeout: 15_000, connection: null },
          },
        ],
      );
    });

    it('makes an id of the name where none was typed, and refuses one that is taken', async () => {
      const made = await served.ask(
        '/triggers/new',
        form({ ...typed, triggerId: '', name: 'Wöchentlich 2' }),
      );
      assert.match(made.headers.location ?? '', /^\/triggers\/local\/wochentlich-2-[0-9a-f]{4}$/);
      const unnamed = await served.ask('/triggers/new', form({ ...typed, triggerId: '', name: '' }));
      assert.match(unnamed.headers.location ?? '', /^\/triggers\/local\/example-org-[0-9a-f]{4}$/);
      const taken = await served.ask('/triggers/new', form({ ...typed, triggerId: 'heartbeat' }));
      assert.equal(taken.status, 400);
      assert.match(textOf(taken.body), /there is a trigger &#39;heartbeat&#39; already: choose another id/);
      assert.equal((await served.api.trigger({ owner: 'local', id: 'heartbeat' })).schedule, 'every 30s');
    });

    it('says beside each field what is wrong with it, and keeps what was typed', async () => {
      const wrong = {
        ...{ schedule: 'R/2027-02-30T10:00:00Z/P1M', epsilon: 'soon', payload: '{"a": }' },
        ...{ url: 'ftp://example.org', headers: 'no colon here', timeout: '15s', delay: 'x' },
      };
      const { status, body } = await served.ask('/triggers/new', form({ ...typed, ...wrong }));
      assert.equal(status, 400);
      const told = [...body.matchAll(/class="error-line" id="bad-(\w+)">([^<]*)</g)].map(([, name, text]) => [
        name,
        text,
      ]);
      assert.deepEqual(told.map(([name]) => name).sort(), [
        'delay',
        'epsilon',
        'headers',
        'payload',
        'schedule',
        'url',
      ]);
      assert.match(String(told.find(([name]) => name === 'schedule')?.[1]), /30/);
      for (const text of [
        wrong.schedule,
        wrong.epsilon,
        'no colon here',
        'ftp://example.org',
        '{&#34;a&#34;: }',
        'Weekly mail',
      ])
        assert.ok(body.includes(text), text);
      await assert.rejects(served.api.trigger({ owner: 'local', id: 'weekly' }), { code: 'NOT_FOUND' });
    });

    it('shows the next ten firings of what was typed without scripts', async () => {
      const { body } = await served.ask('/triggers/new', form({ ...typed, url: '' }));
      const preview = /<div id="preview".*?<\/aside>/s.exec(body)?.[0] ?? '';
      assert.match(
        textOf(preview),
        /Every day at 00:00 UTC\. Each delivery may begin up to 10 minutes late\./,
      );
      assert.equal([...preview.matchAll(/<li>/g)].length, 10);
    });

    describe('with the interval by fields as well', () => {
      const fields = {
        ...typed,
        ...{ shown: 'every 1h', schedule: 'every 1h', zone: 'Z', every: '1', unit: 'hours' },
      };
      const put = async (given: Readonly<Record<string, string>>) => {
        const { status, body } = await served.ask('/triggers/new', form({ ...fields, ...given }));
        return {
          status,
          body,
          trigger: await served.api.trigger({ owner: 'local', id: 'weekly' }).catch(() => undefined),
        };
      };

      it('puts what the fields say when they were changed, without scripts too', async () => {
        const { trigger } = await put({
          start: '2027-01-31T10:00',
          zone: '+02:00',
          unit: 'months',
          times: '4',
        });
        assert.equal(trigger?.schedule, 'R3/2027-01-31T10:00:00+02:00/P1M');
      });

      it('puts the text when that was changed', async () => {
        assert.equal((await put({ schedule: 'at 08:00' })).trigger?.schedule, 'at 08:00');
      });

      it('says beside its field what is wrong, and puts nothing', async () => {
        for (const [field, given] of [
          ['every', { every: '1.5' }],
          ['start', { unit: 'months' }],
          ['times', { times: '0', start: '2027-01-31T10:00' }],
        ] as const) {
          const { status, body, trigger } = await put(given);
          assert.deepEqual([status, trigger], [400, undefined], field);
          assert.match(body, new RegExp(`class="error-line" id="warn-${field}">[^<]+<`), field);
        }
      });

      it('shows what it means without putting it, and takes the nearest text that is right', async () => {
        const looked = await put({ every: '2', look: 'true' });
        assert.deepEqual([looked.status, looked.trigger], [200, undefined]);
        assert.match(looked.body, /name="schedule" value="every 2h"/);
        assert.match(textOf(looked.body), /Every 2 hours\. Each delivery may begin up to 10 minutes late\./);
        const wrong = await put({ schedule: 'R/2027-02-30T10:00:00Z/P1M' });
        assert.match(wrong.body, /R\/<mark>2027-02-30T10:00:00Z<\/mark>\/P1M/);
        const use = /name="use" value="([^"]*)"/.exec(wrong.body)?.[1] ?? '';
        const right = await put({ schedule: 'R/2027-02-30T10:00:00Z/P1M', use });
        assert.match(right.body, /name="schedule" value="R\/2027-02-28T10:00:00Z\/P1M"/);
        assert.match(right.body, /name="start" value="2027-02-28T10:00:00"/);
      });
    });

    it('refuses a retry and a name that the scheduler would refuse, beside their fields', async () => {
      for (const [field, value] of [
        ['attempts', '0'],
        ['delay', '2h'],
        ['triggerId', 'a b'],
        ['name', 'x'.repeat(201)],
        ['labels', `team: ${'x'.repeat(201)}`],
        ['epsilon', '0s'],
      ] as const) {
        const { status, body } = await served.ask('/triggers/new', form({ ...typed, [field]: value }));
        assert.equal(status, 400, field);
        assert.match(body, new RegExp(`id="bad-${field}"`), field);
      }
    });

    it('changes a trigger, but not one that another user has changed meanwhile', async () => {
      const change = '/triggers/local/nightly-report/change';
      const shown = await page(change);
      assert.match(shown, /name="schedule" value="at 02:30"/);
      assert.match(shown, /name="epsilon" value="5m"/);
      const fields = { ...typed, schedule: 'at 03:30', revision: '1' };
      const saved = await served.ask(change, form(fields));
      assert.deepEqual(
        [saved.status, saved.headers.location],
        [303, '/triggers/local/nightly-report'],
        saved.body,
      );
      assert.equal((await served.api.trigger({ owner: 'local', id: 'nightly-report' })).schedule, 'at 03:30');
      const late = await served.ask(change, form({ ...fields, schedule: 'at 04:30' }));
      assert.equal(late.status, 400);
      assert.match(textOf(late.body), /revision|version/);
      assert.match(late.body, /at 04:30/);
      assert.equal((await served.ask('/triggers/local/none/change', form(fields))).status, 404);
    });

    it('previews a schedule with its epsilon while it is typed', async () => {
      const answer = await page('/schedule?schedule=every+1h&epsilon=2h');
      const shown = textOf(answer);
      assert.match(answer, /id="warn-epsilon" hx-swap-oob="true">This is longer than/);
      assert.match(answer, /data-fill="every" value="1"/);
      assert.match(shown, /Each delivery may begin up to 2 hours late/);
      assert.match(shown, /may be under way at a time/);
      assert.match(textOf(await page('/schedule?schedule=every+1h&epsilon=soon')), /cannot be read/);
    });
  });
});

describe('event triggers of other accounts', function () {
  this.timeout(30_000);

  it('are there for admins only', async () => {
    const guarded = await serveGuarded({ context: eventContext(), hasTriggers: true });
    try {
      const { result } = await guarded.rig.api.execute({
        ...{ kind: 'put-trigger', owner: 'ann', triggerId: 'hers', schedule: 'every 1h' },
        target: { url: 'https://example.org/hook' },
      });
      assert.equal(result?.['changed'], true);
      const fired = await guarded.rig.api.execute({ kind: 'fire-trigger', owner: 'ann', triggerId: 'hers' });
      const id = encodeURIComponent(fired.result?.['execution'] as string);
      const paths = ['/triggers/ann/hers', '/triggers/ann/hers/change', `/executions/${id}`, `/units/${id}`];
      const answers = async (cookie: string): Promise<(number | string)[]> => {
        const at = (path: string) => guarded.ask(path, { headers: { cookie } });
        const list = (await at('/triggers')).body.includes('hers') ? 'listed' : 'not listed';
        return [list, ...(await Promise.all(paths.map(async (path) => (await at(path)).status)))];
      };
      for (const name of ['admin', 'ann', 'bob'])
        await guarded.addUser(name === 'admin' ? 'admin' : 'operator', name);
      assert.deepEqual(await answers(await guarded.signIn('admin')), ['listed', 200, 200, 200, 200]);
      assert.deepEqual(await answers(await guarded.signIn('ann')), ['listed', 200, 200, 200, 200]);
      assert.deepEqual(await answers(await guarded.signIn('bob')), ['not listed', 404, 404, 404, 404]);
    } finally {
      await guarded.close();
    }
  });
});
