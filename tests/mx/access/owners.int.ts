import assert from 'node:assert/strict';
import { triggerEntry } from '../../../domain/event/trigger.ts';
import type { Report } from '../../../domain/model/report.ts';
import { policy } from '../../../mx/access/policy.ts';
import { commandKinds, commandTable } from '../../../scheduler/commands/command-table.ts';
import { asAnn } from '../../support/rig.ts';
import { serveGuarded, withHeader } from '../support/accounts.ts';
import type { Guarded } from '../support/accounts.ts';
import { json } from '../support/ask.ts';
import type { Answer } from '../support/ask.ts';
import { eventContext } from '../support/events.ts';

/** In all that is of ann: the first in what others could guess and ask for, the second in what they could not. */
const [NAMED, HIDDEN] = ['zebra', 'okapi'];
const ANN = `${NAMED}-ann`;

/** What a request names: things of ann, or such as there are not. */
interface Names {
  readonly owner: string;
  readonly trigger: string;
  readonly unit: string;
  readonly command: string;
  readonly text: string;
}

/** Plays what is there of one owner: triggers in all states, with executions in all states and what is told of them. */
const playOwner = async ({ rig }: Guarded, owner: string, [named, hidden]: readonly [string, string]) => {
  const api = rig.apiFor({ ...asAnn, actor: owner });
  const note = `${hidden} waits`;
  const given = {
    ...{ name: `${hidden} report`, description: `${hidden} text`, labels: { team: hidden } },
    ...{ schedule: 'every 1h', payload: { key: hidden } },
    target: { url: `https://example.org/${hidden}`, headers: { 'x-team': hidden } },
  };
  const key = { owner, triggerId: `${named}-report` };
  await api.execute({ kind: 'put-trigger', ...key, ...given, reason: hidden });
  const paused = { ...key, triggerId: `${named}-paused`, ...given };
  const removed = { ...key, triggerId: `${named}-removed`, ...given };
  await api.execute({ kind: 'put-triggers', triggers: [paused, removed], reason: hidden });
  await api.execute({ kind: 'pause-trigger', owner, triggerId: paused.triggerId, note });
  const ids: string[] = [];
  const fire = async (triggerId = key.triggerId): Promise<string> => {
    const id = `${named}-${ids.length}`;
    const { result } = await api.execute({ kind: 'fire-trigger', owner, triggerId, id, reason: hidden });
    ids.push(result?.['execution'] as string);
    return ids.at(-1) ?? '';
  };
  const now = rig.clock.now();
  const end = async (id: string, event: Report['event'], retryAt: number | null = null): Promise<void> => {
    const [uow] = await rig.store.claim([id], { owner: 'pine', expiresAt: now + 15_000, now });
    const { attempt = 1, token = '' } = uow ?? {};
    const line = { parentId: id, attempt, at: now, stream: 'log', line: `→ POST ${hidden}` } as const;
    await rig.store.appendLog([{ ...line, sequence: 1 }]);
    const error = event === 'complete' ? null : `${hidden} answered`;
    const report = { id, attempt, token: token ?? '', event, processed: 1, aggregated: 0, error, retryAt };
    await rig.store.report('pine', [report, { ...report, token: hidden }], now);
  };
  for (const [event, retryAt] of [['complete'], ['cancel'], ['fail'], ['fail', now + 9_000_000]] as const)
    await end(await fire(), event, retryAt);
  await end(await fire(removed.triggerId), 'cancel');
  await fire();
  await api.execute({ kind: 'remove-trigger', owner, triggerId: removed.triggerId, reason: hidden });
  const [unit = '', canceled = ''] = ids;
  await api.execute({ kind: 'resend-execution', uowId: canceled, reason: hidden, id: `${named}-again` });
  return { owner, trigger: key.triggerId, unit, command: `${named}-again`, text: hidden };
};

/** What a command says of a trigger beside its name. */
const body = { schedule: 'every 1h', target: { url: 'https://example.org/taken' } };

/** Bodies of requests about one trigger, which its path names: of each kind of command, and with the plan that some ask for. */
const bodies: readonly object[] = [
  {},
  ...commandKinds.flatMap((kind) => {
    const example: object = commandTable[kind].example;
    const inBody = Object.entries(example).filter(
      ([name]) => !['owner', 'triggerId', 'expectedVersion'].includes(name),
    );
    const rest = Object.fromEntries(inBody) as object;
    return 'triggerId' in example ? [rest, { ...rest, planHash: 'seen before' }] : [];
  }),
];

/** Rows of routes that are read, by users who are no admins; streams go on, and are looked at elsewhere. */
const reads: readonly string[] = Object.entries(policy).flatMap(([name, need]) => {
  const [method, path = ''] = name.split(' ');
  const isRead = method === 'GET' && need !== 'public' && need.role !== 'admin';
  return isRead && !/^\/(?:events|api\/v1\/(?:stream|ws))$/.test(path) ? [path] : [];
});

/** Requests for things of these names, by rows of the policy table. */
const readsOf = ({ owner, trigger, unit, command, text }: Names): string[] => {
  const entry = triggerEntry({ owner, id: trigger });
  const samples = (path: string): Readonly<Record<string, string>> => ({
    ...{ owner, id: path.includes(':owner') ? trigger : unit, process: 'Events', processName: 'Events' },
    ...{ entry, entryName: entry, timeperiod: '2015053122', tree: 'site', secret: 'x'.repeat(43) },
  });
  const queries = [
    ...[`entity=Events:${entry}`, `entity=Events:${owner}`, `entity=${unit}`, `q=${text}`, `target=${text}`],
    ...[`process=Events&entry=${entry}`, `uow=${unit}`, `owner=${owner}`, `after=${unit}`, `cursor=${unit}`],
    ...[`after=${command}`, `owner=${owner}&triggerId=${trigger}`, `uowId=${unit}`, `label=team:${text}`],
    ...[`entity=Events:${owner}/`, `after=${entry}`, `from=${owner}/${trigger}`],
  ].map((query) => `?${encodeURI(query).replaceAll('#', '%23')}`);
  return reads.flatMap((pattern) => {
    const kinds = pattern.includes(':kind') ? commandKinds : [''];
    const given = samples(pattern);
    const paths = kinds.map((kind) =>
      pattern.replace(/:(\w+)/g, (_, part: string) =>
        encodeURIComponent(part === 'kind' ? kind : (given[part] ?? assert.fail(`no sample for :${part}`))),
      ),
    );
    const named = paths.flatMap((path) => queries.map((query) => `${path}${query}`));
    return /:(?:owner|id|entry|entryName)/.test(pattern) ? [...paths, ...named] : named;
  });
};

/** Requests that name nothing. */
const lists: readonly string[] = reads.flatMap((path) => {
  if (path.includes(':')) return [];
  const queries = ['', 'limit=1000', 'order=oldest', 'process=Events', 'entity=Events', 'quarantined=true'];
  const states = ['INVALID', 'CANCELED', 'PROCESSED', 'REQUESTED', 'failing', 'paused', 'on'];
  const all = [...queries, ...states.map((state) => `state=${state}`)];
  return all.map((query) => (query === '' ? path : `${path}?${query}`));
});

/** Routes that tell of the machine and of the requests themselves. */
const tellsOfServer = (path: string): boolean => /^\/(?:metrics|account|tokens)\b/.test(path);

/** What an answer says, but for the size of the store and marks of this one request. */
const textOf = ({ status, headers, body }: Answer): string =>
  `${status} ${headers.location ?? ''} ${body
    .replace(/"size":\{[^}]*\}/g, '')
    .replace(/[\d.,]+ [kMG]?B\b/g, 'SIZE')
    .replace(/"?(?:bytes|usedBytes|freeBytes)"?: ?\d+/g, '')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, 'UUID')}`;

describe('what is of an owner', function () {
  this.timeout(180_000);
  let guarded: Guarded;
  let ann: Names;
  const cookies = new Map<string, string>();
  const unaware = new Map<string, string>();

  const read = (who: string, path: string): Promise<Answer> =>
    guarded.ask(path, { headers: { Cookie: cookies.get(who) ?? '' } });

  before(async () => {
    guarded = await serveGuarded({ context: eventContext(), hasTriggers: true, hasMetronome: true });
    await guarded.rig.tick('SiteHourly');
    for (const [name, role] of [
      ['boss', 'admin'],
      [ANN, 'operator'],
      ['bob', 'operator'],
      ['vic', 'viewer'],
    ] as const) {
      await guarded.addUser(role, name);
      cookies.set(name, await guarded.signIn(name));
    }
    await playOwner(guarded, 'bob', ['heron', 'stork']);
    for (const who of ['bob', 'vic'])
      for (const path of lists) unaware.set(`${who} ${path}`, textOf(await read(who, path)));
    ann = await playOwner(guarded, ANN, [NAMED, HIDDEN]);
  });
  after(() => guarded.close());

  it('changes nothing of what all others but admins are told by lists, counts and pages', async () => {
    const wrong: string[] = [];
    for (const who of ['bob', 'vic'])
      for (const path of lists) {
        const text = textOf(await read(who, path));
        if (text.includes(NAMED) || text.includes(HIDDEN)) wrong.push(`${who} sees ann's at ${path}`);
        if (!tellsOfServer(path) && text !== unaware.get(`${who} ${path}`))
          wrong.push(`${who} is told otherwise at ${path}`);
      }
    assert.deepEqual(wrong, []);
  });

  it('is to others as what is not there, whatever they ask for by name', async () => {
    const absent = { ...ann, trigger: `${NAMED}-nought`, unit: ann.unit.replaceAll('report', 'nought') };
    const there = readsOf(ann);
    const nowhere = readsOf({
      ...absent,
      command: `${NAMED}-nothing`.slice(0, ann.command.length),
      text: 'quagg',
    });
    const wrong: string[] = [];
    const sameNames = (text: string): string =>
      text
        .replaceAll('nought', 'report')
        .replaceAll('quagg', HIDDEN)
        .replaceAll(`${NAMED}-nothi`, ann.command);
    for (const [i, path] of there.entries()) {
      const [given, none] = [await read('bob', path), await read('bob', nowhere[i] ?? '')];
      const isAsked = path.includes(HIDDEN);
      if (given.body.includes(HIDDEN) && !isAsked) wrong.push(`${HIDDEN} at ${path}`);
      if (given.status === 500) wrong.push(`500 at ${path}`);
      if (!tellsOfServer(path) && textOf(given) !== sameNames(textOf(none)))
        wrong.push(`${path}: ${given.status}, and ${none.status} where there is none`);
    }
    assert.deepEqual(wrong, []);
  });

  it('is changed by no command of others', async () => {
    const { owner, trigger, unit } = ann;
    const wrong: string[] = [];
    const post = (path: string, body: object): Promise<Answer> =>
      guarded.ask(path, withHeader(json({ reason: 'a test', ...body }), 'Cookie', cookies.get('bob') ?? ''));
    const tell = async (what: string, path: string, body: object): Promise<void> => {
      const { status, body: text } = await post(path, body);
      if (status !== 404 || text.includes(HIDDEN)) wrong.push(`${what}: ${status} ${text}`);
    };
    for (const kind of commandKinds) {
      const example: object = commandTable[kind].example;
      if (kind === 'put-triggers')
        await tell(kind, '/api/v1/commands', {
          ...{
            kind,
            triggers: [{ owner, triggerId: trigger, ...body }],
          },
        });
      else if ('triggerId' in example || 'uowId' in example)
        await tell(kind, '/api/v1/commands', {
          ...{ kind, ...example },
          ...('uowId' in example ? { uowId: unit } : { owner, triggerId: trigger }),
        });
    }
    for (const name of Object.keys(policy)) {
      const [method, pattern = ''] = name.split(' ');
      if (method !== 'POST' || !pattern.startsWith('/api/v1/triggers/:owner')) continue;
      const path = pattern.replace(':owner', owner).replace(':id', trigger);
      // Whatever is sent: what some command takes, which is what this one takes among others.
      const answers = await Promise.all(bodies.map((one) => post(path, one)));
      const isMissing = answers.some(({ status }) => status === 404);
      const isTold = answers.some(
        ({ status, body: text }) => ![400, 404].includes(status) || text.includes(HIDDEN),
      );
      if (!isMissing || isTold) wrong.push(`${name}: ${answers.map(({ status }) => status).join(', ')}`);
    }
    assert.deepEqual(wrong, []);
  });

  it('is there for itself and for admins', async () => {
    const seen = async (who: string, path: string): Promise<boolean> =>
      (await read(who, path)).body.includes(HIDDEN);
    const unit = encodeURIComponent(ann.unit);
    for (const path of [
      ...['/', '/journal', '/triggers', '/quarantine', '/rejected-reports', '/api/v1/uows?state=CANCELED'],
      ...['/api/v1/commands', '/api/v1/journal', '/api/v1/overview', `/api/v1/uows/${unit}/log`],
      ...[`/executions/${unit}`, `/triggers/${ANN}/${ann.trigger}`, `/units/${unit}`],
    ]) {
      assert.equal(await seen('boss', path), true, `boss ${path}`);
      assert.equal(await seen(ANN, path), true, `${ANN} ${path}`);
    }
    const imports = (await read(ANN, `/api/v1/commands?entity=Events:${ANN}/`)).json();
    assert.equal((imports['items'] as unknown[]).length, 1);
  });
});
