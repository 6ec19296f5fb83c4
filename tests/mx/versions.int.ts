import assert from 'node:assert/strict';
import { commandKinds, commandTable } from '../../scheduler/commands/command-table.ts';
import { quarantine } from '../support/quarantine.ts';
import { json } from './support/ask.ts';
import type { Answer } from './support/ask.ts';
import { finishAll, serve } from './support/served.ts';
import type { Served } from './support/served.ts';

describe('a command for a version', () => {
  let served: Served;
  let count = 0;
  beforeEach(async () => {
    served = await serve();
  });
  afterEach(() => served.close());

  const entry = { processName: 'SessionCollector', entryName: 'late' };
  const ENTRY = '/api/v1/freerun/SessionCollector/late';
  const job = { processName: 'SiteHourly', timeperiod: '2015053122' };
  const JOB = '/api/v1/jobs/SiteHourly/2015053122';

  const send = (command: object, ifMatch?: string): Promise<Answer> => {
    const question = json({ id: `command-${1000 + ++count}`, reason: 'a test', ...command });
    const headers = { ...question.headers, ...(ifMatch !== undefined && { 'If-Match': ifMatch }) };
    return served.ask('/api/v1/commands', { ...question, headers });
  };
  const tag = async (path: string): Promise<string> => String((await served.ask(path)).headers['etag']);
  const refused = ({ status, headers, json }: Answer, version: number): void => {
    const { code, detail, version: told } = json();
    assert.deepEqual([status, code, told, headers.etag], [412, 'VERSION_CHANGED', version, `"${version}"`]);
    assert.match(String(detail), new RegExp(`has version ${version} now, and was expected to have`));
  };

  it('changes or removes an entry that nothing else has changed since it was read', async () => {
    await send({ kind: 'add-freerun', ...entry, trigger: 'every 1h' });
    const first = await tag(ENTRY);
    assert.equal(first, '"1"');
    assert.equal((await send({ kind: 'set-freerun', ...entry, trigger: 'every 2h' }, first)).status, 200);
    refused(await send({ kind: 'set-freerun', ...entry, trigger: 'every 3h' }, first), 2);
    refused(await send({ kind: 'remove-freerun', ...entry }, first), 2);
    assert.equal((await served.ask(ENTRY)).json()['trigger'], 'every 2h');
    assert.equal((await send({ kind: 'set-freerun', ...entry, on: false }, '*')).status, 200);
    assert.equal((await send({ kind: 'remove-freerun', ...entry }, await tag(ENTRY))).status, 200);
  });

  it('is carried out once, when its answer was lost', async () => {
    await send({ kind: 'add-freerun', ...entry, trigger: 'every 1h' });
    const change = { id: 'command-lost', kind: 'set-freerun', ...entry, trigger: 'every 2h' };
    const answers = [await send(change, '"1"'), await send(change, '"1"')];
    assert.deepEqual(answers[1]?.json(), answers[0]?.json());
    const stale = { id: 'command-stale', kind: 'set-freerun', ...entry, trigger: 'every 3h' };
    refused(await send(stale, '"1"'), 2);
    refused(await send(stale, '"1"'), 2);
    assert.equal(await tag(ENTRY), '"2"');
    // A scheduler that died before it stored the outcome finds its work done.
    assert.equal((await send({ ...change, id: 'command-again' }, '"1"')).status, 200);
    assert.equal(await tag(ENTRY), '"2"');
  });

  it('reprocesses and skips a job that has not moved', async () => {
    await finishAll(served.rig);
    const version = Number((await tag(JOB)).replaceAll('"', ''));
    assert.ok(version > 0);
    const { hash } = (await served.ask(`${JOB}/plan?kind=reprocess`)).json();
    const command = { kind: 'reprocess', ...job, planHash: hash };
    refused(await send(command, `"${version - 1}"`), version);
    refused(await send({ ...command, expectedVersion: version + 1 }), version);
    assert.equal((await send(command, `"${version}"`)).status, 200);
    assert.ok(Number((await tag(JOB)).replaceAll('"', '')) > version);
  });

  it('cancels and releases a unit that is as it was', async () => {
    await served.rig.tick('SiteHourly');
    const { id } = await served.rig.uow('SiteHourly', '2015053122');
    const path = `/api/v1/uows/${encodeURIComponent(id)}`;
    const old = await tag(path);
    await quarantine(served.rig, id);
    const version = Number((await tag(path)).replaceAll('"', ''));
    for (const kind of ['cancel-uow', 'release-uow']) refused(await send({ kind, uowId: id }, old), version);
    assert.equal((await send({ kind: 'release-uow', uowId: id }, `"${version}"`)).status, 200);
    served.rig.clock.advance(1);
    refused(await send({ kind: 'release-uow', uowId: id }, `"${version}"`), version + 1);
    assert.equal((await send({ kind: 'cancel-uow', uowId: id }, `"${version + 1}"`)).status, 200);
    served.rig.clock.advance(1);
    refused(await send({ kind: 'cancel-uow', uowId: id }, `"${version + 1}"`), version + 2);
  });

  it('is refused where nothing has a version, and when header and body do not agree', async () => {
    for (const [command, header, says] of [
      [{ kind: 'fire-managed', processName: 'SiteHourly' }, '"1"', /expectedVersion/],
      [{ kind: 'set-freerun', ...entry }, 'W/"1"', /If-Match is W\/"1": expected the ETag that was read/],
      [{ kind: 'set-freerun', ...entry }, '"1", "2"', /expected the ETag that was read/],
      [{ kind: 'set-freerun', ...entry, expectedVersion: 2 }, '"1"', /'expectedVersion' is another/],
    ] as const) {
      const answer = await send(command, header);
      assert.equal(answer.status, 400, JSON.stringify(command));
      assert.match(String(answer.json()['detail']), says);
    }
  });

  it('is of a kind whose subject has a version', () => {
    const kinds = commandKinds.filter((kind) => 'expectedVersion' in commandTable[kind].arguments);
    assert.deepEqual(kinds, [
      'reprocess',
      'skip',
      'set-freerun',
      'remove-freerun',
      'put-trigger',
      'cancel-uow',
      'release-uow',
    ]);
  });
});
