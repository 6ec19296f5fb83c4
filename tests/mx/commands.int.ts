import assert from 'node:assert/strict';
import { eventsProcess } from '../../domain/event/process.ts';
import { commandKinds, isTriggerKind } from '../../scheduler/commands/command-table.ts';
import type { CommandKind } from '../../scheduler/commands/command-table.ts';
import { quarantine } from '../support/quarantine.ts';
import { form, json } from './support/ask.ts';
import type { Answer } from './support/ask.ts';
import { finishAll, serve, siteContext } from './support/served.ts';
import type { Served } from './support/served.ts';

const job = { processName: 'SiteHourly', timeperiod: '2015053122' };
const open = { processName: 'SessionCollector', entryName: 'open' };
const backup = { owner: 'local', triggerId: 'backup' };
const hook = { ...backup, schedule: 'every 1h', target: { url: 'https://example.com/hook' } };
const late = { processName: 'SessionCollector', entryName: 'late' };

const billing = { owner: 'local', secretName: 'billing' };
const SIGNING = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('a command over HTTP', () => {
  let served: Served;
  beforeEach(async () => {
    const site = siteContext();
    served = await serve(undefined, { ...site, processes: [...site.processes, eventsProcess(1, 7)] });
  });
  afterEach(() => served.close());

  const send = (command: object): Promise<Answer> => served.ask('/api/v1/commands', json(command));
  const planned = async (kind: string): Promise<object> => {
    const { hash } = (await served.ask(`/api/v1/jobs/SiteHourly/2015053122/plan?kind=${kind}`)).json();
    return { ...job, planHash: hash };
  };
  const unit = async (): Promise<string> => {
    await served.rig.tick('SiteHourly');
    return (await served.rig.uow('SiteHourly', '2015053122')).id;
  };
  const add = (): Promise<Answer> =>
    send({ kind: 'add-freerun', ...late, trigger: 'every 1h', reason: 'made' });

  const putHook = (): Promise<Answer> => send({ kind: 'put-trigger', ...hook, reason: 'made' });
  const pauseHook = (): Promise<Answer> => send({ kind: 'pause-trigger', ...backup, reason: 'made' });

  /** What each kind is sent with, once it can be carried out. */
  const bodies: Readonly<Record<CommandKind, () => Promise<object>>> = {
    reprocess: async () => (await finishAll(served.rig), planned('reprocess')),
    skip: () => planned('skip'),
    'set-managed': () => Promise.resolve({ processName: 'SiteHourly', trigger: 'every 7m' }),
    'fire-managed': () => Promise.resolve({ processName: 'SiteHourly' }),
    'add-freerun': () => Promise.resolve({ ...late, trigger: 'every 1h' }),
    'set-freerun': async () => (await add(), { ...late, trigger: 'every 2h' }),
    'remove-freerun': async () => (await add(), late),
    'fire-freerun': () => Promise.resolve(open),
    'put-trigger': () => Promise.resolve(hook),
    'put-triggers': () => Promise.resolve({ triggers: [hook] }),
    'remove-trigger': async () => (await putHook(), backup),
    'pause-trigger': async () => (await putHook(), backup),
    'resume-trigger': async () => (await putHook(), await pauseHook(), backup),
    'fire-trigger': async () => (await putHook(), backup),
    'test-trigger': async () => (await putHook(), backup),
    'resend-executions': async () => {
      await putHook();
      const fired = (await send({ kind: 'fire-trigger', ...backup, reason: 'made' })).json();
      const { execution } = fired['result'] as { execution: string };
      await send({ kind: 'cancel-uow', uowId: execution, reason: 'made' });
      const range = '?from=2015-01-01T00:00:00Z&to=2100-01-01T00:00:00Z';
      const plan = await served.ask(`/api/v1/triggers/local/backup/resend${range}`);
      const { from, to, hash } = plan.json();
      return { ...backup, from, to, planHash: hash };
    },
    'rotate-secret': async () => (await putHook(), { ...backup, secret: SIGNING }),
    'unsign-trigger': async () => {
      await putHook();
      await send({ kind: 'rotate-secret', ...backup, secret: SIGNING, reason: 'made' });
      return backup;
    },
    'put-secret': () => Promise.resolve({ ...billing, value: 'a token' }),
    'remove-secret': async () => {
      await send({ kind: 'put-secret', ...billing, value: 'a token', reason: 'made' });
      return billing;
    },
    'resend-execution': async () => {
      await putHook();
      const { execution } = (await send({ kind: 'fire-trigger', ...backup, reason: 'made' })).json()[
        'result'
      ] as { execution: string };
      await send({ kind: 'cancel-uow', uowId: execution, reason: 'made' });
      return { uowId: execution };
    },
    'cancel-uow': async () => ({ uowId: await unit() }),
    'release-uow': async () => {
      const uowId = await unit();
      await quarantine(served.rig, uowId);
      return { uowId };
    },
  };

  for (const kind of commandKinds) {
    it(`is carried out once for its id, also when it comes many times at once: ${kind}`, async () => {
      const command = { kind, id: 'command-0001', reason: 'only once', ...(await bodies[kind]()) };
      const asked = Array.from({ length: 5 }, () => send(command));
      const answers = await Promise.all(asked);
      await served.rig.quiet();
      const rows = await served.rig.store.journal({ limit: 1000 });
      const again = await send(command);
      await served.rig.quiet();
      assert.deepEqual(await served.rig.store.journal({ limit: 1000 }), rows);
      for (const { status, json } of [...answers, again]) {
        assert.equal(status, 200);
        assert.deepEqual(json(), answers[0]?.json());
      }
      const moved = rows.filter(({ reason }) => reason === 'only once').map(({ entityId }) => entityId);
      assert.equal(new Set(moved).size, moved.length, 'nothing was moved twice');
      // What changes an event trigger is on record by its command alone.
      const isJournaled = !isTriggerKind(kind) || /^(?:fire|test|resend)-/.test(kind);
      if (!kind.endsWith('-managed') && isJournaled) assert.ok(moved.length > 0);
      const other = await send({ ...command, reason: 'another one' });
      assert.deepEqual([other.status, other.json()['code']], [409, 'CONFLICT']);
      const kept = (await served.ask('/api/v1/commands?limit=1000')).json()['items'] as { id: string }[];
      assert.equal(kept.filter(({ id }) => id === 'command-0001').length, 1);
    });

    it(`needs a reason, over the API and in a dialog alike: ${kind}`, async () => {
      const body = await bodies[kind]();
      const before = (await served.ask('/api/v1/commands')).json();
      const fields = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]));
      for (const reason of [undefined, '', '   ', 'x'.repeat(501)]) {
        const given = reason === undefined ? {} : { reason };
        const answer = await send({ kind, ...body, ...given });
        assert.deepEqual([answer.status, answer.json()['code']], [400, 'BAD_REQUEST']);
        assert.match(String(answer.json()['detail']), /'reason'/);
        assert.equal((await served.ask(`/actions/${kind}`, form({ ...fields, ...given }))).status, 400);
      }
      assert.deepEqual((await served.ask('/api/v1/commands')).json(), before);
    });
  }
});
