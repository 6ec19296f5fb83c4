import express, { Router } from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { accountNameRule, isAccountName } from '../../domain/accounts/account-name.ts';
import { executionState } from '../../domain/event/execution.ts';
import { isTriggerId, triggerIdRule } from '../../domain/event/trigger.ts';
import { SynergyError } from '../../domain/errors.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import { isQuarantined } from '../../domain/timetable/standing.ts';
import type { Accounts, Identity, Refused, TokenPair } from '../../scheduler/accounts/api.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import type { TriggerView } from '../../scheduler/api/trigger-view.ts';
import { notRefused } from '../../scheduler/commands/check-command.ts';
import { clientOf } from '../access/authenticate.ts';
import { refusalText, retrySeconds } from '../accounts/refusal-text.ts';
import { HttpError, methodNotAllowed } from '../http/problem.ts';
import { identityOf } from '../http/request-context.ts';
import type { Admit } from '../http/web-socket.ts';
import { FieldErrors, fieldErrorsOf, readFields } from './field-errors.ts';
import { metronomeDialect } from './metronome-socket.ts';
import { runCodeOf, runCodes, taskGuid, taskInstant, taskOf } from './metronome-task.ts';
import type { Live } from './router.ts';

/** Triggers that are read at once. */
const PAGE = 500;

/** What the routes stand on. */
export interface MetronomeParts {
  readonly apiOf: (response: Response) => SchedulerApi;
  /** Throws NOT_FOUND where none are kept. */
  readonly accounts: () => Accounts;
  /** Ends what goes on for who has signed out. */
  readonly checkOpen: () => Promise<void>;
  /** Whether programs may make accounts. */
  readonly isSignUpOpen: boolean | undefined;
  readonly live: Live;
  readonly admit: Admit;
}

/** Rows of the policy table that are of these routes. */
export const metronomeRows = [
  ...['POST /auth', 'POST /auth/logout', 'POST /user', 'GET /user', 'PATCH /user'],
  ...['POST /task', 'DELETE /task/:id', 'GET /tasks', 'GET /ws'],
] as const;

/** What they take of programs besides GET and POST, see `makeChangeGuard`. */
export const metronomeMethods = { PATCH: /^\/user$/, DELETE: /^\/task\/[^/]+$/ } as const;

const text = z.string().max(1_000);
const credentials = z.discriminatedUnion('type', [
  z.object({ type: z.literal('bearer'), username: text, password: text }),
  z.object({ type: z.literal('access'), refreshToken: text }),
]);
const newUser = z.object({
  name: z.string().refine(isAccountName, `expected ${accountNameRule}`),
  password: text,
});
const ownPassword = z.object({ password: text });
const task = z.object({
  id: z.string().refine(isTriggerId, `expected ${triggerIdRule}`).optional(),
  name: z.string().min(1).max(200),
  schedule: z.string().max(1_000),
  urn: z.string().max(2_000),
  payload: z.json().optional(),
});

const lastRunOf = ({ executions }: TriggerView): object => {
  const last = executions.find((uow) => isUowFinished(uow.state) || isQuarantined(uow));
  if (last === undefined) return { runAt: null, runCode: runCodes.never };
  return { runAt: taskInstant(last.startedAt ?? last.createdAt), runCode: runCodeOf(executionState(last)) };
};

const callerOf = (response: Response): Identity => {
  const identity = identityOf(response);
  if (identity === undefined) throw new Error('the route has to ask for an account in the policy table');
  return identity;
};

const authorOf = (request: Request, response: Response) => ({
  actor: callerOf(response).actor,
  address: clientOf(request).address,
});

const refusalOf = (refused: Refused, wrong: string): HttpError => {
  const why = refusalText(refused, wrong);
  if (refused.because === 'wrong') return new HttpError('UNAUTHENTICATED', why);
  return new HttpError('TOO_MANY_TRIES', why, { 'Retry-After': String(retrySeconds(refused)) });
};

const paired = (found: TokenPair | Refused, wrong: string): object => {
  if ('because' in found) throw refusalOf(found, wrong);
  const { token, refreshToken } = found;
  return { token, tokenType: 'bearer', refreshToken };
};

const authenticate = async (accounts: Accounts, request: Request): Promise<object> => {
  const given = readFields(credentials, request.body);
  const client = clientOf(request);
  if (given.type === 'access')
    return paired(
      await accounts.programs.refresh(given.refreshToken, client),
      'the refresh token is unknown, was used before, was revoked or has expired: sign in with the password',
    );
  const { username: name, password } = given;
  return paired(
    await accounts.programs.signIn({ name, password }, client),
    'there is no account of this name with this password',
  );
};

const userOf = async (accounts: Accounts, actor: string): Promise<object> => {
  const { name, createdAt } = await accounts.users.get(actor);
  return { id: name, name, created_at: taskInstant(createdAt) };
};

/** Makes an account for who asks, whose tasks are its own. Throws FORBIDDEN, FieldErrors, CONFLICT. */
const signUp = async (accounts: Accounts, isOpen: boolean | undefined, request: Request): Promise<object> => {
  if (!isOpen || !(await accounts.isNeeded()))
    throw new HttpError(
      'FORBIDDEN',
      'accounts are made by admins, on the page Users or by `synergy user add`',
    );
  const { name, password } = readFields(newUser, request.body);
  const own = { name, password, role: 'operator' } as const;
  await accounts.users.add(own, { actor: name, address: clientOf(request).address });
  return userOf(accounts, name);
};

/** As its clients wrote a budget of nothing, which could not be kept: the whole second that it came to. */
const scheduleOf = (text: string): string => text.trim().replace(/\/ET0S$/, '/ET1S');

const checkFires = (api: SchedulerApi, schedule: string): void => {
  const { next, warnings } = api.previewTrigger({ schedule, count: 1 });
  if (next.length > 0) return;
  const description = warnings[0]?.text ?? 'It never fires.';
  throw new FieldErrors([{ field: 'schedule', type: 'never_fires', description }]);
};

const putTask = async (api: SchedulerApi, { actor: owner }: Identity, body: unknown): Promise<object> => {
  const given = readFields(task, body);
  const schedule = scheduleOf(given.schedule);
  checkFires(api, schedule);
  const id = given.id ?? crypto.randomUUID();
  const { name, urn, payload = null } = given;
  const labels = { guid: taskGuid({ owner, id }) };
  const put = { owner, triggerId: id, name, schedule, target: { url: urn }, payload, labels };
  notRefused(await api.execute({ kind: 'put-trigger', ...put, reason: 'POST /task' }));
  return taskOf(await api.trigger({ owner, id }));
};

const removeTask = async (
  api: SchedulerApi,
  { actor: owner }: Identity,
  triggerId: string,
): Promise<true> => {
  if (!isTriggerId(triggerId)) return true;
  try {
    notRefused(await api.execute({ kind: 'remove-trigger', owner, triggerId, reason: 'DELETE /task' }));
  } catch (error) {
    if (!(error instanceof SynergyError && error.code === 'NOT_FOUND')) throw error;
  }
  return true;
};

const tasksOf = async (api: SchedulerApi, { actor: owner }: Identity): Promise<object[]> => {
  const tasks: object[] = [];
  for (let after: TriggerView | undefined; ;) {
    const page = await api.triggers({ owner, limit: PAGE, ...(after && { after }) });
    tasks.push(...page.map((trigger) => ({ ...taskOf(trigger), ...lastRunOf(trigger) })));
    if (page.length < PAGE) return tasks;
    after = page.at(-1);
  }
};

type Answer = (request: Request, response: Response) => Promise<unknown>;

/** Answers with JSON, and with the fields that are wrong. */
const answered =
  (answer: Answer): RequestHandler =>
  async (request, response) => {
    response.set('Cache-Control', 'no-store');
    try {
      response.json(await answer(request, response));
    } catch (error) {
      response.status(422).json(fieldErrorsOf(error));
    }
  };

/** Clients say of what type their JSON is, or they do not. */
const jsonBody = express.json({ limit: '256kb', type: () => true });

const answersOf = ({
  apiOf,
  accounts,
  checkOpen,
  isSignUpOpen,
}: MetronomeParts): Readonly<Record<Exclude<(typeof metronomeRows)[number], 'GET /ws'>, Answer>> => ({
  'POST /auth': (request) => authenticate(accounts(), request),
  'POST /auth/logout': async (request, response) => {
    const { tokenId } = callerOf(response);
    if (tokenId !== undefined) await accounts().programs.signOut(tokenId, authorOf(request, response));
    // This answer goes first: it would be ended with the others.
    response.once('close', () => void checkOpen());
    return true;
  },
  'POST /user': (request) => signUp(accounts(), isSignUpOpen, request),
  'GET /user': (_, response) => userOf(accounts(), callerOf(response).actor),
  'PATCH /user': async (request, response) => {
    const { password } = readFields(ownPassword, request.body);
    const author = authorOf(request, response);
    await accounts().users.setPassword(author.actor, password, author);
    return userOf(accounts(), author.actor);
  },
  'POST /task': ({ body }, response) => putTask(apiOf(response), callerOf(response), body),
  'DELETE /task/:id': ({ params }, response) =>
    removeTask(apiOf(response), callerOf(response), String(params['id'])),
  'GET /tasks': (_, response) => tasksOf(apiOf(response), callerOf(response)),
});

/** The routes that clients of Metronome use: tokens by a password, tasks, which are event triggers, and the own account. */
export const metronomeRoutes = (parts: MetronomeParts): Router => {
  const router = Router();
  const taken = new Map<string, string[]>();
  for (const [row, answer] of Object.entries(answersOf(parts))) {
    const [method = '', path = ''] = row.split(' ');
    router[method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete'](path, jsonBody, answered(answer));
    taken.set(path, [...(taken.get(path) ?? []), method]);
  }
  const { live, admit, apiOf } = parts;
  router.get('/ws', live.sockets.attach(admit, metronomeDialect(apiOf)));
  taken.set('/ws', ['GET']);
  for (const [path, methods] of taken)
    router.all(path, ({ method }) => {
      throw methodNotAllowed(method, methods);
    });
  return router;
};
