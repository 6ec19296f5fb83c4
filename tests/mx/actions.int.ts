import assert from 'node:assert/strict';
import { planEffect } from '../../domain/cascade/plan.ts';
import { form } from './support/ask.ts';
import type { Question } from './support/ask.ts';
import { finishAll, serve } from './support/served.ts';
import type { Served } from './support/served.ts';
import { uowInsert } from '../support/records.ts';
import { quarantine } from '../support/quarantine.ts';

const hour = { processName: 'SiteHourly', timeperiod: '2015053122' };
const query = new URLSearchParams(hour).toString();
const fieldOf = (html: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
const viaHtmx = (question: Question): Question => ({
  ...question,
  headers: { ...question.headers, 'HX-Request': 'true' },
});

describe('actions', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serve();
    await finishAll(served.rig);
  });
  afterEach(() => served.close());

  it('work without scripts: a page with the plan, a form, and back to the job', async () => {
    const { body } = await served.ask(`/actions/reprocess?${query}`);
    assert.match(body, /<html/);
    assert.equal(/Reprocess \d+ jobs/.exec(body)?.[0], 'Reprocess 6 jobs');
    const fields = {
      ...hour,
      id: fieldOf(body, 'id'),
      planHash: fieldOf(body, 'planHash'),
      reason: 'late data',
    };
    const { status, headers } = await served.ask('/actions/reprocess', form(fields));
    assert.deepEqual([status, headers.location], [303, '/jobs/SiteHourly/2015053122']);
    assert.equal(served.rig.state('SiteHourly', '2015053122'), 'IN_PROGRESS');
    const again = await served.ask('/actions/reprocess', form(fields));
    assert.equal(again.status, 303);
    assert.equal((await served.api.commands(10)).filter(({ kind }) => kind === 'reprocess').length, 1);
  });

  it('come without a frame to htmx, and end in an event', async () => {
    const day = new URLSearchParams({ processName: 'SiteDaily', timeperiod: '2015060200' });
    const { body } = await served.ask(`/actions/skip?${day.toString()}`, viaHtmx({}));
    assert.doesNotMatch(body, /<html|<main/);
    assert.ok(body.includes(planEffect('skip')), 'it says what the plan does');
    assert.match(body, /ClientDaily/, 'which takes the dependants along');
    const done = await served.ask(
      '/actions/fire-managed',
      viaHtmx(form({ processName: 'SiteDaily', reason: 'now' })),
    );
    assert.equal(done.status, 204);
    assert.deepEqual(JSON.parse(String(done.headers['hx-trigger'])), { done: { text: 'Fired' } });
  });

  it('are refused without a reason, and show the dialog again with what was typed', async () => {
    const { status, body } = await served.ask(
      '/actions/set-managed',
      form({ processName: 'SiteDaily', trigger: 'every 9m', reason: '' }),
    );
    assert.equal(status, 400);
    assert.match(body, /say why/);
    assert.equal(fieldOf(body, 'trigger'), 'every 9m');
  });

  it('say what is wrong with a trigger or arguments', async () => {
    const send = async (fields: Record<string, string>): Promise<string> => {
      const { status, body } = await served.ask(
        '/actions/set-managed',
        form({ processName: 'SiteDaily', reason: 'r', ...fields }),
      );
      assert.equal(status, 400);
      return body;
    };
    assert.match(await send({ trigger: 'sometimes' }), /every, at, cron or iso/);
    assert.match(await send({ arguments: '{a}' }), /arguments are not JSON/);
    assert.match(await send({ arguments: '[1]' }), /arguments/);
    assert.match(await send({ on: 'perhaps' }), /expected true or false/);
  });

  it('answer a plan that changed with 409 and the new plan', async () => {
    const stale = { ...hour, planHash: 'older', reason: 'r' };
    const { status, body } = await served.ask('/actions/reprocess', form(stale));
    assert.equal(status, 409);
    assert.match(body, /role="alert"/);
    assert.notEqual(fieldOf(body, 'planHash'), 'older');
  });

  it('are 404 for what does not exist', async () => {
    for (const path of [
      '/actions/skip?processName=Nope&timeperiod=2015053122',
      '/actions/cancel-uow?uowId=nope',
      '/actions/fire-freerun?processName=A&entryName=b',
      '/actions/fire-managed?processName=Nope',
    ]) {
      assert.equal((await served.ask(path)).status, 404, path);
    }
    assert.equal((await served.ask('/actions/skip')).status, 400);
  });

  it('lead from page to page of what is quarantined, the oldest first', async () => {
    const { store } = served.rig;
    const cause = { actor: 'scheduler', reason: null, at: 1, epoch: await store.latestEpoch() };
    const failed = { state: 'INVALID', attempt: 3, crashes: 3, error: 'it broke' } as const;
    const ids = Array.from({ length: 201 }, (_, n) => `SiteHourly/2015053122#${n + 1000}`);
    await store.commit(
      ids.map((id, n) => ({
        cause,
        writes: [
          uowInsert(id, { processName: 'SiteHourly', timeperiod: '2015053122', createdAt: n, ...failed }),
        ],
      })),
    );
    const shows = (body: string, id = ''): boolean => body.includes(`id="a-${id}"`);
    const { body } = await served.ask('/quarantine');
    const next = `/quarantine?${new URLSearchParams({ after: ids[199] ?? '' }).toString()}`;
    assert.ok(body.includes(`href="${next}"`));
    assert.deepEqual(
      [shows(body, ids[0]), shows(body, ids[199]), shows(body, ids[200])],
      [true, true, false],
    );
    const rest = (await served.ask(next)).body;
    assert.deepEqual([shows(rest, ids[199]), shows(rest, ids[200])], [false, true]);
    assert.match(rest, /Back to the oldest/);
    assert.doesNotMatch(rest, /Newer/);
    assert.equal((await served.ask('/quarantine?after=nothing')).status, 400);
  });

  it('release and cancel what is quarantined, from every page that shows it', async () => {
    await served.api.execute({ kind: 'reprocess', ...hour });
    await served.rig.tick('SiteHourly');
    const { id } = await served.rig.uow('SiteHourly', '2015053122');
    await quarantine(served.rig, id);
    const action = `/actions/release-uow?${new URLSearchParams({ uowId: id }).toString()}`;
    const pages = ['/', '/quarantine', `/units/${encodeURIComponent(id)}`, '/jobs/SiteHourly/2015053122'];
    for (const page of pages) {
      const { body } = await served.ask(page);
      assert.ok(body.includes(`href="${action}"`), page);
      assert.ok(body.includes(`href="${action.replace('release', 'cancel')}"`), page);
    }
    assert.match((await served.ask('/')).body, /<a href="\/quarantine">1 in quarantine<\/a>/);
    assert.match((await served.ask(action)).body, /It is quarantined after 3 attempts/);
    const fields = { uowId: id, reason: 'mended' };
    assert.equal((await served.ask('/actions/release-uow', form({ ...fields, reason: '' }))).status, 400);
    const { status, headers } = await served.ask('/actions/release-uow', form(fields));
    assert.deepEqual([status, headers.location], [303, `/units/${encodeURIComponent(id)}`]);
    assert.match((await served.ask('/quarantine')).body, /None\./);
    served.rig.clock.advance(1);
    assert.equal((await served.ask('/actions/release-uow', form(fields))).status, 409);
  });

  it('tell that a firing did nothing, and why', async () => {
    const entry = { processName: 'SessionCollector', entryName: 'open', reason: 'r' };
    const fire = async (): Promise<string> => {
      const { headers } = await served.ask('/actions/fire-freerun', viaHtmx(form(entry)));
      return String(headers['hx-trigger']);
    };
    assert.match(await fire(), /Fired/);
    const [unit] = await served.rig.store.findUows({ processName: 'SessionCollector', limit: 1 });
    assert.ok(unit);
    await served.rig.claim(unit);
    assert.match(await fire(), /Nothing was done: /);
  });

  describe('of a freerun entry', () => {
    const key = { processName: 'SessionCollector', entryName: 'open' };
    const change = `/actions/set-freerun?${new URLSearchParams(key).toString()}`;
    const chosen = (html: string, name: string): string =>
      new RegExp(`<select name="${name}".*?<option selected>([^<]*)<`).exec(html)?.[1] ?? '';
    const send = (kind: string, fields: Record<string, string>): ReturnType<Served['ask']> =>
      served.ask(`/actions/${kind}`, form({ ...key, reason: 'r', ...fields }));
    const entry = async (entryName = key.entryName) =>
      (await served.api.freerun({ limit: 100 })).find((one) => one.entryName === entryName);

    it('offer every setting, with the value that holds', async () => {
      const settings = { overlap: 'buffer-one', missed: 'none', description: 'by hand' } as const;
      await served.api.execute({ kind: 'set-freerun', ...key, ...settings });
      const { body } = await served.ask(change);
      assert.deepEqual([chosen(body, 'overlap'), chosen(body, 'missed')], ['buffer-one', 'none']);
      assert.equal(fieldOf(body, 'description'), 'by hand');
      const { body: fresh } = await served.ask('/actions/add-freerun');
      assert.deepEqual([chosen(fresh, 'overlap'), chosen(fresh, 'missed')], ['skip', 'last']);
    });

    it('save every setting, and show what was chosen when they are refused', async () => {
      const settings = {
        trigger: 'every 7m',
        arguments: '{"depth":4}',
        overlap: 'allow',
        missed: 'all',
        description: 'd',
      };
      const { body } = await send('set-freerun', { ...settings, reason: '' });
      assert.deepEqual([chosen(body, 'overlap'), chosen(body, 'missed')], ['allow', 'all']);
      assert.equal(fieldOf(body, 'description'), 'd');
      assert.equal((await send('set-freerun', settings)).status, 303);
      assert.equal((await send('add-freerun', { ...settings, entryName: 'second' })).status, 303);
      for (const name of ['open', 'second']) {
        const { trigger, arguments: given, overlap, missed, description } = (await entry(name)) ?? {};
        assert.deepEqual(
          { trigger, arguments: given, overlap, missed, description },
          { ...settings, arguments: { depth: 4 } },
          name,
        );
      }
    });

    it('take what was emptied for empty, and an emptied trigger for none', async () => {
      assert.equal((await send('set-freerun', { description: '', arguments: '' })).status, 303);
      const { description, arguments: given } = (await entry()) ?? {};
      assert.deepEqual([description, given], ['', {}]);
      const { status, body } = await send('set-freerun', { trigger: '' });
      assert.equal(status, 400);
      assert.match(body, /every, at, cron or iso/);
    });

    it('say when the context will overrule a change', async () => {
      const overruled = /holds again when the scheduler starts/;
      assert.match((await served.ask(change)).body, overruled);
      await send('add-freerun', { entryName: 'second', trigger: 'every 7m' });
      const own = `/actions/set-freerun?${new URLSearchParams({ ...key, entryName: 'second' }).toString()}`;
      assert.doesNotMatch((await served.ask(own)).body, overruled);
    });
  });
});
