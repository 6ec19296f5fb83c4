import type { Role } from '../../domain/accounts/role.ts';
import type { Scope } from '../../domain/accounts/scope.ts';
import type { CommandKind } from '../../scheduler/commands/command-table.ts';

/** What a row asks of who calls. Without a scope no token will do: it is for who has signed in. */
export interface Demand {
  readonly role: Role;
  readonly scope?: Scope;
}

export type Access = 'public' | Demand;

const view: Demand = { role: 'viewer', scope: 'read' };
const operate: Demand = { role: 'operator', scope: 'operate' };
const administer: Demand = { role: 'admin', scope: 'admin' };
/** A user's own account, sessions and tokens. */
const own: Demand = { role: 'viewer' };
/** What a program does for the account that it has signed in to. */
const program: Demand = { role: 'viewer', scope: 'account' };
const work: Demand = { role: 'operator', scope: 'work' };

/** Kinds of commands, whatever way they come in. */
const commands: Readonly<Record<`command ${CommandKind}`, Demand>> = {
  'command reprocess': operate,
  'command skip': operate,
  'command set-managed': operate,
  'command fire-managed': operate,
  'command add-freerun': operate,
  'command set-freerun': operate,
  'command remove-freerun': operate,
  'command fire-freerun': operate,
  'command put-trigger': operate,
  'command put-triggers': operate,
  'command remove-trigger': operate,
  'command pause-trigger': operate,
  'command resume-trigger': operate,
  'command fire-trigger': operate,
  'command test-trigger': operate,
  'command resend-executions': operate,
  'command rotate-secret': operate,
  'command unsign-trigger': operate,
  'command put-secret': operate,
  'command remove-secret': operate,
  'command resend-execution': operate,
  'command cancel-uow': operate,
  'command release-uow': operate,
};

/**
 * Who may do what: a row for every route, page, action and kind of command, and none besides. The application is not built
 * where one is missing or is of no use.
 */
export const policy: Readonly<Record<string, Access>> = {
  'GET /assets/{*file}': 'public',
  'GET /health': 'public',
  'GET /ready': 'public',

  'GET /login': 'public',
  'POST /login': 'public',
  'GET /login/openid': 'public',
  'GET /login/openid/callback': 'public',
  'POST /logout': 'public',
  'GET /invitation/:secret': 'public',
  'POST /invitation/:secret': 'public',

  'GET /account': own,
  'GET /account/password': own,
  'POST /account/password': own,
  'GET /account/session': own,
  'POST /account/session': own,
  'GET /account/sign-out': own,
  'POST /account/sign-out': own,
  'GET /tokens': own,
  'GET /tokens/add': own,
  'POST /tokens/add': own,
  'GET /tokens/revoke': own,
  'POST /tokens/revoke': own,
  'GET /users': administer,
  'GET /users/add': administer,
  'POST /users/add': administer,
  'GET /users/role': administer,
  'POST /users/role': administer,
  'GET /users/link': administer,
  'POST /users/link': administer,
  'GET /users/sign-out': administer,
  'POST /users/sign-out': administer,
  'GET /users/remove': administer,
  'POST /users/remove': administer,
  'GET /audit': administer,

  'GET /': view,
  'GET /timetable': view,
  'GET /timetable/:tree': view,
  'GET /timetable/:tree/:process/:timeperiod': view,
  'GET /jobs/:process/:timeperiod': view,
  'GET /units/:id': view,
  'GET /quarantine': view,
  'GET /processes': view,
  'GET /nodes': view,
  'GET /freerun': view,
  'GET /freerun/:processName/:entryName': view,
  'GET /journal': view,
  'GET /rejected-reports': view,
  'GET /traffic': view,
  'GET /schedule': operate,
  'GET /triggers': view,
  'GET /triggers/act': operate,
  'POST /triggers/act': operate,
  'GET /triggers/new': operate,
  'GET /triggers/secrets': view,
  'POST /triggers/new': operate,
  'GET /triggers/:owner/:id': view,
  'GET /triggers/:owner/:id/change': operate,
  'POST /triggers/:owner/:id/change': operate,
  'GET /executions/:id': view,
  'GET /actions/:kind': operate,
  'POST /actions/:kind': operate,
  'GET /events': view,

  'GET /api/v1/openapi.json': view,
  'GET /api/v1/stream': view,
  // Who has opened it may say so in the first message: then it is asked for what the stream is.
  'GET /api/v1/ws': 'public',
  'GET /api/v1/overview': view,
  'GET /api/v1/nodes': view,
  'GET /api/v1/trees': view,
  'GET /api/v1/trees/:tree/nodes': view,
  'GET /api/v1/jobs/:process/:timeperiod': view,
  'GET /api/v1/jobs/:process/:timeperiod/children': view,
  'GET /api/v1/jobs/:process/:timeperiod/explain': view,
  'GET /api/v1/jobs/:process/:timeperiod/plan': view,
  'GET /api/v1/journal': view,
  'GET /api/v1/processes': view,
  'GET /api/v1/freerun': view,
  'GET /api/v1/freerun/:process/:entry': view,
  'GET /api/v1/uows': view,
  'GET /api/v1/uows/:id': view,
  'GET /api/v1/uows/:id/log': view,
  'GET /api/v1/rejected-reports': view,
  'GET /api/v1/commands': view,
  'POST /api/v1/commands': operate,
  'GET /api/v1/triggers': view,
  'POST /api/v1/triggers/preview': view,
  'POST /api/v1/triggers/import': operate,
  'GET /api/v1/triggers/export': view,
  'GET /api/v1/triggers/:owner/:id': view,
  'GET /api/v1/triggers/:owner/:id/executions': view,
  'GET /api/v1/executions/:id': view,
  'POST /api/v1/executions/:id/resend': operate,
  'POST /api/v1/triggers/:owner/:id': operate,
  'POST /api/v1/triggers/:owner/:id/remove': operate,
  'POST /api/v1/triggers/:owner/:id/pause': operate,
  'POST /api/v1/triggers/:owner/:id/resume': operate,
  'POST /api/v1/triggers/:owner/:id/fire': operate,
  'POST /api/v1/triggers/:owner/:id/test': operate,
  'POST /api/v1/triggers/:owner/:id/unsign': operate,
  'GET /api/v1/triggers/:owner/:id/resend': view,
  'POST /api/v1/triggers/:owner/:id/resend': operate,
  'POST /api/v1/triggers/:owner/:id/secret': operate,
  'GET /api/v1/trigger-secrets': view,
  'POST /api/v1/trigger-secrets/:owner/:name': operate,
  'POST /api/v1/trigger-secrets/:owner/:name/remove': operate,
  'GET /api/v1/worker/:process': work,
  'POST /api/v1/worker/take': work,
  'POST /api/v1/worker/claim': work,
  'POST /api/v1/worker/heartbeat': work,
  'POST /api/v1/worker/log': work,
  'POST /api/v1/worker/progress': work,
  'POST /api/v1/worker/complete': work,
  'GET /metrics': view,

  'POST /auth': 'public',
  'POST /auth/logout': program,
  'POST /user': 'public',
  'GET /user': program,
  'PATCH /user': program,
  'POST /task': operate,
  'DELETE /task/:id': operate,
  'GET /tasks': view,
  'GET /ws': 'public',

  ...commands,
};
