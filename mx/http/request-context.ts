import type { Response } from 'express';
import type { Identity } from '../../scheduler/accounts/api.ts';
import type { RequestContext } from '../../scheduler/api/api.ts';

/** Without accounts who reaches the loopback address is a user of this machine. */
export const LOCAL: Identity = { actor: 'local', role: 'admin' };
/** Of what is asked before it is known who asks: of public routes. */
const UNKNOWN = 'anonymous';

const identities = new WeakMap<Response, Identity>();

/** Notes who asks for this response. */
export const setIdentity = (response: Response, identity: Identity): void =>
  void identities.set(response, identity);

/** Who asks for this response; undefined until the request was authenticated. */
export const identityOf = (response: Response): Identity | undefined => identities.get(response);

/** On behalf of the dashboard itself, as long as it runs. */
export const ownRequest: RequestContext = { actor: LOCAL.actor, signal: new AbortController().signal };

/** Who asks for this response, until the connection is closed: by the client, or since all was said. */
export const requestOf = (response: Response): RequestContext => {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const identity = identityOf(response);
  const actor = identity?.actor ?? UNKNOWN;
  return { actor, ...(identity?.role !== 'admin' && { eventsOf: actor }), signal: gone.signal };
};
