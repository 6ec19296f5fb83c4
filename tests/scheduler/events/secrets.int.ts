import assert from 'node:assert/strict';
import { commandSpec } from '../../../db/collections.ts';
import { eventSecretSpec, eventTriggerSpec } from '../../../db/event-collections.ts';
import { ROTATION } from '../../../domain/event/secret.ts';
import { eventsProcess } from '../../../domain/event/process.ts';
import type { EventTrigger } from '../../../domain/event/trigger.ts';
import { defineContext } from '../../../domain/model/define.ts';
import type { JsonObject } from '../../../domain/model/process.ts';
import type { CommandRequest } from '../../../scheduler/commands/check-command.ts';
import type { CommandOf } from '../../../scheduler/commands/command-table.ts';
import { newSigningSecret } from '../../../scheduler/commands/signing-secret.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

const NOON = Date.UTC(2027, 0, 1, 12);
const key = { owner: 'local', id: 'backup' };
const named = { owner: key.owner, triggerId: key.id };
const context = defineContext({ processes: [eventsProcess(256, 7)] });
const schedule = 'R/2099-01-01T00:00:00Z/P1D/ET1M';
const PASSWORD = 'canary-password';

describe('secrets of event triggers', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(context, { now: NOON });
  });
  afterEach(() => rig.close());

  const execute = async (request: CommandRequest): Promise<JsonObject> =>
    (await rig.api.execute({ reason: 'a test', ...request })).result ?? {};
  type Target = CommandOf<'put-trigger'>['target'];
  const put = (target: Partial<Target>, more: { readonly id?: string; expectedVersion?: number } = {}) =>
    execute({
      kind: 'put-trigger',
      ...{ ...named, schedule, target: { url: 'https://example.com/hook', ...target } },
      ...more,
    });
  const putSecret = (secretName: string, value: string) =>
    execute({ kind: 'put-secret', owner: 'local', secretName, value });
  const trigger = async (): Promise<EventTrigger | undefined> =>
    (await rig.store.collection(eventTriggerSpec).getAll([key]))[0];
  const secrets = () => rig.store.collection(eventSecretSpec).list();
  const names = async () => (await secrets()).map(({ id, name }) => `${id} ${name}`);
  const commands = async (): Promise<string> =>
    JSON.stringify(await rig.store.collection(commandSpec).list());

  it('are taken out of an address, and another password is a change', async () => {
    const url = (password: string): string => `amqps://ann:${password}@rabbit.example/%2F//jobs`;
    assert.deepEqual(await put({ url: url(PASSWORD) }), {
      ...{ trigger: 'local/backup', changed: true, revision: 1 },
    });
    assert.equal((await trigger())?.target.url, 'amqps://***@rabbit.example/%2F//jobs');
    assert.deepEqual(await names(), ['backup login amqps://rabbit.example']);
    assert.equal((await put({ url: url(PASSWORD) }))['changed'], false);
    assert.equal((await put({ url: url('another') }))['revision'], 2);
    assert.equal((await put({ url: url('***') }))['revision'], 3);
    const kept = await secrets();
    assert.deepEqual(await put({ url: 'amqps://***@rabbit.example/%2F//others' }), {
      ...{ trigger: 'local/backup', changed: true, revision: 4 },
    });
    assert.deepEqual(await secrets(), kept);
    assert.ok(![await commands(), JSON.stringify(kept)].some((text) => text.includes(PASSWORD)));
  });

  it('are kept for one scheme and host alone, and forgotten when the target has another', async () => {
    await put({ url: `https://ann:${PASSWORD}@example.com/hook` });
    for (const url of ['https://***@example.org/hook', 'http://***@example.com/hook'])
      await assert.rejects(put({ url }), {
        code: 'INVALID_TARGET',
        message: `target, url '${url}': no name and password are kept for this scheme and host: expected them in place of ***`,
      });
    await put({ url: 'https://ben:x@example.org/hook' });
    assert.deepEqual(await names(), ['backup login https://example.org']);
    await put({ url: 'https://example.org/hook' });
    assert.deepEqual(await names(), []);
    await assert.rejects(put({ url: 'https://***@example.org/hook' }), { code: 'INVALID_TARGET' });
  });

  it('are not changed by a put that is refused', async () => {
    await put({ url: `https://ann:${PASSWORD}@example.com/hook` });
    const kept = await secrets();
    await assert.rejects(put({ url: 'https://ann:other@example.com/hook' }, { expectedVersion: 7 }), {
      code: 'VERSION_CHANGED',
    });
    assert.deepEqual(await secrets(), kept);
    assert.equal((await trigger())?.revision, 1);
  });

  it('are known again when a command is repeated, and another one of the same id is refused', async () => {
    const once = { id: 'put-it-once' };
    const first = await put({ url: `https://ann:${PASSWORD}@example.com/hook` }, once);
    assert.deepEqual(await put({ url: `https://ann:${PASSWORD}@example.com/hook` }, once), first);
    await assert.rejects(put({ url: 'https://ann:other@example.com/hook' }, once), { code: 'CONFLICT' });
  });

  it('never get into a command, also where the address cannot be read', async () => {
    const odd = `amqp://ann:${PASSWORD}/@rabbit/%2F//jobs`;
    await assert.rejects(put({ url: odd }), { code: 'INVALID_TARGET' });
    const lines = [odd, 'https://example.com/hook', `https://ann:${PASSWORD}@example.com/hook`];
    const result = await execute({
      kind: 'put-triggers',
      triggers: lines.map((url, i) => ({ owner: 'local', triggerId: `t${i}`, schedule, target: { url } })),
    });
    assert.deepEqual(result['created'], 2);
    assert.equal((result['refused'] as JsonObject[])[0]?.['line'], 1);
    for (const secret of [`whsec_${PASSWORD}`, PASSWORD, 'whsec_AAAA'])
      await assert.rejects(execute({ kind: 'rotate-secret', ...named, secret }), {
        code: 'INVALID_ARGUMENT',
        message: /^secret '\*\*\*': expected whsec_ and 24 to 64 bytes in Base64/,
      });
    await assert.rejects(putSecret('billing', `${PASSWORD}\n`), {
      code: 'INVALID_ARGUMENT',
      message: /^secret 'billing', value '\*\*\*': expected 1 to 4000 characters/,
    });
    assert.ok(!(await commands()).includes(PASSWORD), await commands());
  });

  it('take the last line of many about one trigger', async () => {
    const lines = ['a', 'b', 'a'].map((password) => ({
      ...{ ...named, schedule, target: { url: `https://ann:${password}@example.com/hook` } },
    }));
    await execute({ kind: 'put-triggers', triggers: lines.slice(0, 1) });
    const [first] = await secrets();
    assert.deepEqual(await execute({ kind: 'put-triggers', triggers: lines.slice(1) }), {
      ...{ created: 0, changed: 2, unchanged: 0, refused: [] },
    });
    assert.equal((await secrets())[0]?.sealed, first?.sealed);
  });

  it('may be named by headers once they are stored', async () => {
    const headers = { authorization: 'Bearer {{secret:billing}}' };
    await assert.rejects(put({ headers }), {
      code: 'INVALID_TARGET',
      message: /there is no secret 'billing' of local/,
    });
    const { fingerprint, ...stored } = await putSecret('billing', 'token');
    assert.deepEqual(stored, { secret: 'billing', changed: true });
    assert.deepEqual(await putSecret('billing', 'token'), {
      ...{ secret: 'billing', changed: false, fingerprint },
    });
    await putSecret('mail', 'token');
    await put({ headers });
    assert.equal((await trigger())?.target.headers['authorization'], 'Bearer {{secret:billing}}');
    const [billing, mail, ...more] = await rig.api.secrets({ owner: 'local', limit: 10 });
    assert.deepEqual(billing, {
      ...{ owner: 'local', name: 'billing', fingerprint, createdAt: NOON, updatedAt: NOON },
    });
    // The same text is sealed in another way in another place.
    assert.notEqual(mail?.fingerprint, fingerprint);
    assert.deepEqual(more, []);
    assert.deepEqual(await rig.api.secrets({ owner: 'local', limit: 10, after: 'billing' }), [mail]);
    assert.deepEqual(await rig.api.secrets({ owner: 'ben', limit: 10 }), []);
    assert.deepEqual(await execute({ kind: 'remove-secret', owner: 'local', secretName: 'mail' }), {
      removed: 'mail',
    });
    await assert.rejects(execute({ kind: 'remove-secret', owner: 'local', secretName: 'mail' }), {
      code: 'NOT_FOUND',
    });
  });

  it('sign from a rotation on, the old one beside the new one for a day', async () => {
    const secret = newSigningSecret();
    await assert.rejects(execute({ kind: 'rotate-secret', ...named, secret }), { code: 'NOT_FOUND' });
    assert.deepEqual(await names(), []);
    await put({});
    const { fingerprint, ...rotated } = await execute({ kind: 'rotate-secret', ...named, secret });
    assert.deepEqual(rotated, { trigger: 'local/backup', changed: true, revision: 2 });
    assert.equal((await trigger())?.secret, fingerprint);
    const [first] = await secrets();
    await execute({ kind: 'rotate-secret', ...named, secret: newSigningSecret() });
    const [second] = await secrets();
    assert.deepEqual(second?.former, [{ sealed: first?.sealed, until: NOON + ROTATION }]);
    assert.equal((await put({}))['changed'], false);
    assert.ok(!(await commands()).includes(secret.slice(6)));
  });

  it('sign no more once a user says so', async () => {
    await put({});
    assert.equal((await execute({ kind: 'unsign-trigger', ...named }))['changed'], false);
    await execute({ kind: 'rotate-secret', ...named, secret: newSigningSecret() });
    await execute({ kind: 'rotate-secret', ...named, secret: newSigningSecret() });
    const unsigned = await execute({ kind: 'unsign-trigger', ...named });
    assert.deepEqual(unsigned, { trigger: 'local/backup', changed: true, revision: 4 });
    assert.equal((await trigger())?.secret, null);
    assert.deepEqual(await secrets(), []);
    await assert.rejects(execute({ kind: 'unsign-trigger', owner: 'local', triggerId: 'none' }), {
      code: 'NOT_FOUND',
    });
  });

  it('go with their trigger, and those of the account stay', async () => {
    await putSecret('billing', 'token');
    await put({ url: `https://ann:${PASSWORD}@example.com/hook` });
    await execute({ kind: 'rotate-secret', ...named, secret: newSigningSecret() });
    assert.equal((await secrets()).length, 3);
    await execute({ kind: 'remove-trigger', ...named });
    assert.deepEqual(await names(), [' billing']);
  });
});
