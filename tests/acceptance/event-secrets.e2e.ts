import assert from 'node:assert/strict';
import { readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import type { CommandRecord, UowRecord } from '../../domain/model/record.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { startHttpTarget, status } from '../support/http-target.ts';
import type { HttpTarget, SeenRequest } from '../support/http-target.ts';
import { synergy, synergyOk } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, freerunProcess } from 'synergy-scheduler';
export default defineContext({ processes: [freerunProcess({ name: 'None', identity: true })] });
`;

const LONG = 30_000;
const DAILY = 'R/2099-01-01T00:00:00Z/P1D/ET1M';
const API_TOKEN = 'canary-token-in-a-header';
const OTHER_TOKEN = 'canary-token-of-the-command-line';
const LOGIN = { name: 'canary-login', password: 'canary-password' };
const OWN_SECRET = `whsec_${Buffer.from('canary of thirty-two bytes, long').toString('base64')}`;

/** Answers with all that was sent, as careless targets do. */
const echo: HttpTarget['answer'] = (response, { headers }) =>
  void response.writeHead(200).end(JSON.stringify(headers));

const isSigned = (secret: string, { body, headers }: SeenRequest): boolean => {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
};

describe('secrets of event triggers on real processes', function () {
  this.timeout(120_000);
  const folder = tempFolder();
  const dataDir = join(folder, 'synergy-data');
  const key = join(dataDir, 'event.key');
  /** All that was printed or answered, where no secret may be, but for the answers that are to tell one. */
  const told: string[] = [];
  const secrets: string[] = [API_TOKEN, OTHER_TOKEN, LOGIN.name, LOGIN.password, OWN_SECRET];
  let run: Run;
  let url: string;
  let target: HttpTarget;

  before(async () => {
    writeFileSync(join(folder, 'process_context.ts'), context);
    target = await startHttpTarget();
    run = synergy(folder, 'start', '--events', '--event-allow', '127.0.0.1', '--mx-port', '0');
    url = (await run.line(/^dashboard: /)).replace('dashboard: ', '').trim();
  });
  beforeEach(() => {
    target.answer = status(204);
  });
  after(async () => {
    run.child.kill('SIGTERM');
    await run.ended;
    await target.close();
  });

  const post = async (path: string, body: object) => {
    const answer = await fetch(new URL(`api/v1/${path}`, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'test', ...body }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const ok = async (path: string, body: object): Promise<CommandRecord> => {
    const answer = await post(path, body);
    assert.equal(answer.status, 200, answer.text);
    told.push(answer.text);
    return JSON.parse(answer.text) as CommandRecord;
  };
  const rotate = async (id: string, body: object = { rotate: true }): Promise<string> => {
    const answer = await post(`triggers/local/${id}/secret`, body);
    assert.equal(answer.status, 200, answer.text);
    const { secret, ...rest } = JSON.parse(answer.text) as { secret: string };
    told.push(JSON.stringify(rest));
    secrets.push(secret);
    return secret;
  };
  const get = async (path: string): Promise<string> => {
    const text = await (await fetch(new URL(path, url))).text();
    told.push(text);
    return text;
  };
  const cli = async (...argv: readonly string[]): Promise<string> => {
    const text = await synergyOk(folder, ...argv);
    told.push(text);
    return text;
  };
  const put = (id: string, more: { readonly target?: object } = {}): Promise<CommandRecord> =>
    ok(`triggers/local/${id}`, {
      schedule: DAILY,
      ...more,
      target: { url: `${target.origin}/${id}`, ...more.target },
    });
  const fire = async (id: string): Promise<string> => {
    const { result } = await ok(`triggers/local/${id}/fire`, {});
    return (result as { execution: string }).execution;
  };
  const execution = async (id: string): Promise<UowRecord> =>
    JSON.parse(await get(`api/v1/uows/${encodeURIComponent(id)}`)) as UowRecord;
  const until = async (id: string, fits: (uow: UowRecord) => boolean): Promise<UowRecord> => {
    let uow: UowRecord | undefined;
    const isSo = async (): Promise<boolean> => fits((uow = await execution(id)));
    assert.ok(await waitUntil(isSo, LONG), JSON.stringify(uow));
    return uow as UowRecord;
  };
  const delivered = (id: string): Promise<UowRecord> => until(id, ({ state }) => state === 'PROCESSED');
  const seen = (id: string): SeenRequest[] =>
    target.seen.filter((request) => request.url.startsWith(`/${id}?`));

  it('all attempts are signed, and both secrets sign while a rotation lasts (16)', async () => {
    await put('signed');
    const old = await rotate('signed');
    const answers = [500, 500, 200];
    target.answer = (response) => void response.writeHead(answers.shift() ?? 200).end();
    const id = await fire('signed');
    await target.requests(target.seen.length + 2 - seen('signed').length);
    const renewed = await rotate('signed');
    await delivered(id);
    const requests = seen('signed');
    assert.equal(requests.length, 3);
    assert.deepEqual(
      requests.map((request) => [isSigned(old, request), isSigned(renewed, request)]),
      [
        [true, false],
        [true, false],
        [true, true],
      ],
    );
    assert.equal(new Set(requests.map(({ headers }) => headers['webhook-id'])).size, 1);
    assert.equal(new Set(requests.map(({ headers }) => headers['webhook-timestamp'])).size, 3);
    assert.equal(statSync(key).mode & 0o777, 0o600);
  });

  it('a signing secret of a user signs, and the command line shows one that it made', async () => {
    await put('own');
    assert.equal(await rotate('own', { secret: OWN_SECRET }), OWN_SECRET);
    const id = await fire('own');
    await delivered(id);
    assert.ok(isSigned(OWN_SECRET, seen('own')[0]!));
    const shown = await synergyOk(folder, 'trigger', 'rotate-secret', 'own', '--events');
    const [, secret = ''] =
      /^local\/own is signed by the secret [\da-f]{16}\nit is shown this once:\n(whsec_\S+)$/.exec(shown) ??
      [];
    secrets.push(secret);
    await delivered(await fire('own'));
    assert.ok(isSigned(secret, seen('own')[1]!), shown);
    assert.ok(isSigned(OWN_SECRET, seen('own')[1]!));
  });

  it('headers get the secrets that they name, and an address its name and password, unseen', async () => {
    target.answer = echo;
    await ok('trigger-secrets/local/billing', { value: API_TOKEN });
    const piped = synergy(folder, 'trigger', 'put-secret', 'mail', '--secret-stdin', '--events');
    piped.child.stdin?.end(`${OTHER_TOKEN}\n`);
    assert.equal((await piped.ended).stdout.trim(), 'stored secret mail');
    assert.match(await cli('trigger', 'list-secrets'), / billing [^\n]*\n[^\n]* mail /);
    const { host } = new URL(target.origin);
    const url = `http://${LOGIN.name}:${LOGIN.password}@${host}/hidden`;
    const headers = { 'x-a': 'Bearer {{secret:billing}}', 'x-b': '{{secret:mail}}' };
    const answer = await post('triggers/local/hidden', { schedule: DAILY, target: { url, headers } });
    assert.equal(answer.status, 200, answer.text);
    told.push(answer.text);
    await put('hidden', { target: { url: `http://***@${host}/hidden`, headers, timeout: 10_000 } });
    const id = await fire('hidden');
    await delivered(id);
    const [request] = seen('hidden');
    assert.equal(request!.headers['x-a'], `Bearer ${API_TOKEN}`);
    assert.equal(request!.headers['x-b'], OTHER_TOKEN);
    const basic = Buffer.from(`${LOGIN.name}:${LOGIN.password}`).toString('base64');
    assert.equal(request!.headers.authorization, `Basic ${basic}`);
    secrets.push(basic);
    const log = await get(`api/v1/uows/${encodeURIComponent(id)}/log`);
    assert.match(log, /Basic \*\*\*.*Bearer \*\*\*/);
  });

  it('nothing is sent where the key is another one or missing, and the execution says so', async () => {
    await put('locked');
    await rotate('locked');
    const restart = async (): Promise<void> => {
      run.child.kill('SIGTERM');
      const { stdout, stderr } = await run.ended;
      told.push(stdout, stderr);
      run = synergy(folder, 'start', '--events', '--event-allow', '127.0.0.1', '--mx-port', '0');
      url = (await run.line(/^dashboard: /)).replace('dashboard: ', '').trim();
    };
    renameSync(key, `${key}.kept`);
    await restart();
    const id = await fire('locked');
    const waiting = await until(id, ({ error }) => error !== null);
    assert.match(
      waiting.error ?? '',
      /the key of the secrets of event triggers is not there: put '.*event\.key' back/,
    );
    const refused = await post('triggers/local/locked/secret', { rotate: true });
    assert.equal((JSON.parse(refused.text) as { code: string }).code, 'SECRET_UNREADABLE');
    told.push(refused.text);
    writeFileSync(key, 'another key of more than thirty-two characters', { mode: 0o600 });
    const other = await until(id, ({ error }) => error?.includes('was sealed under the key') === true);
    assert.match(
      other.error ?? '',
      /^the signing secret of event trigger local\/locked was sealed under the key [\da-f]{8}, and this box has [\da-f]{8}: /,
    );
    assert.equal(seen('locked').length, 0);
    renameSync(`${key}.kept`, key);
    await restart();
    await delivered(id);
    assert.equal(seen('locked').length, 1);
  });

  it('no secret is in the data folder, in what was printed, or on a page or in an answer', async () => {
    for (const path of [
      ...['triggers', 'triggers/local/hidden', 'triggers/local/hidden/change', 'triggers/local/signed'],
      ...['journal', '', 'audit', 'processes'],
      ...['api/v1/commands?limit=1000', 'api/v1/journal?limit=1000', 'api/v1/uows?limit=1000'],
      ...['api/v1/trigger-secrets', 'api/v1/overview', 'metrics'],
    ])
      await get(path);
    for (const argv of [['commands', '--json'], ['journal'], ['uow', 'list'], ['db', 'check']])
      await cli(...argv);
    await cli('trigger', 'remove', 'hidden', '--events');
    run.child.kill('SIGTERM');
    const { stdout, stderr } = await run.ended;
    told.push(stdout, stderr);
    const files = readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    assert.ok(files.some((path) => path.endsWith('synergy.db')));
    assert.ok(secrets.length >= 10 && secrets.every(({ length }) => length >= 12), String(secrets.length));
    for (const secret of secrets.map((text) => text.replace('whsec_', ''))) {
      for (const path of files)
        assert.ok(!readFileSync(path, 'latin1').includes(secret), `${secret} is in ${path}`);
      for (const text of told) assert.ok(!text.includes(secret), `${secret} was told in ${text}`);
    }
    // What is there can be found.
    assert.ok(files.some((path) => readFileSync(path, 'latin1').includes('sealed.')));
  });
});
