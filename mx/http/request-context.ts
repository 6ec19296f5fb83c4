import type { Response } from 'express';
import type { RequestContext } from '../../scheduler/api/api.ts';

/** There are no accounts yet: who reaches the loopback address is a user of this machine. */
const ACTOR = 'local';

/** On behalf of the dashboard itself, as long as it runs. */
export const ownRequest: RequestContext = { actor: ACTOR, signal: new AbortController().signal };

/** Who asks for this response, until the connection is closed: by the client, or since all was said. */
export const requestOf = (response: Response): RequestContext => {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return { actor: ACTOR, signal: gone.signal };
};
