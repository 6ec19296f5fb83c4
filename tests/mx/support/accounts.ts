import type { Role } from '../../../domain/accounts/role.ts';
import type { Scope } from '../../../domain/accounts/scope.ts';
import type { ProcessContext } from '../../../domain/model/process.ts';
import { startMx } from '../../../mx/server.ts';
import type { Mx, MxOptions } from '../../../mx/server.ts';
import type { Accounts } from '../../../scheduler/accounts/api.ts';
import { accountsOf } from '../../scheduler/accounts/accounts.ts';
import { openRig, quietLog } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';
import { ask, form } from './ask.ts';
import type { Answer, Question } from './ask.ts';
import { siteContext } from './served.ts';
import { fakeTraffic } from './fake-traffic.ts';

export const PASSWORD = 'a canary sang in the mine';

/** The same request with another header. */
export const withHeader = (question: Question, name: string, value: string): Question => ({
  ...question,
  headers: { ...question.headers, [name]: value },
});

/** A session's cookie, as a browser sends it back. */
export const cookieOf = ({ headers }: Answer): string =>
  (headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0] ?? '').join('; ');

/** A real scheduler with accounts behind a real server. */
export interface Guarded {
  readonly rig: Rig;
  readonly accounts: Accounts;
  readonly mx: Mx;
  readonly ask: (path: string, question?: Question) => Promise<Answer>;
  /** Signs in over HTTP; returns the cookie. */
  readonly signIn: (name: string, password?: string) => Promise<string>;
  /** An account, by its role's name unless another is given, and its password. */
  readonly addUser: (role: Role, name?: string) => Promise<string>;
  readonly addToken: (
    owner: string,
    scopes: readonly Scope[],
    expiresAt?: number,
  ) => Promise<{ readonly id: string; readonly token: string }>;
  readonly close: () => Promise<void>;
}

/** `admin` of the tests, who does what is not done over HTTP. */
const by = { actor: 'admin' };

/** `context`: of the scheduler; that of a web site when left out. */
export const serveGuarded = async ({
  context = siteContext(),
  ...options
}: Partial<MxOptions> & { readonly context?: ProcessContext } = {}): Promise<Guarded> => {
  const rig = await openRig(context, { start: Date.UTC(2015, 4, 31, 22) });
  const accounts = accountsOf(rig.store, rig.clock);
  const mx = await startMx({
    apiFor: rig.apiFor,
    clock: rig.clock,
    timetableClock: rig.clock,
    host: '127.0.0.1',
    port: 0,
    logger: quietLog,
    accounts,
    demoPage: () => Promise.resolve(fakeTraffic()),
    ...options,
  });
  const asked = (path: string, question?: Question): Promise<Answer> =>
    ask(new URL(path, mx.url).href, question);
  return {
    rig,
    accounts,
    mx,
    ask: asked,
    signIn: async (name, password = PASSWORD) => cookieOf(await asked('/login', form({ name, password }))),
    addUser: async (role, name = role) => {
      await accounts.users.add({ name, role, password: PASSWORD }, by);
      return name;
    },
    addToken: (owner, scopes, expiresAt) =>
      accounts.tokens.create(
        { owner, label: scopes.join(' '), scopes, ...(expiresAt !== undefined && { expiresAt }) },
        by,
      ),
    close: async () => {
      await mx.stop();
      await rig.close();
    },
  };
};
