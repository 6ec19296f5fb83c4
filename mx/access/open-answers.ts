import type { Request, Response } from 'express';
import type { Identity } from '../../scheduler/accounts/api.ts';
import type { Logger } from '../../domain/logger.ts';
import { HttpError } from '../http/problem.ts';
import type { Authenticate } from './authenticate.ts';

/** How often it is asked whether who is still being answered may be. Milliseconds. */
const INTERVAL = 5_000;

/** Answers that go on: live streams, and who waits for work. */
export interface OpenAnswers {
  readonly add: (request: Request, response: Response, identity: Identity) => void;
  /** Ends what is for who has no valid session or token any more, or another role. */
  readonly check: () => Promise<void>;
  readonly stop: () => void;
}

/** Keeps answers from outliving the session or the token that they are given on. */
export const watchOpenAnswers = (authenticate: Authenticate, logger: Logger): OpenAnswers => {
  const open = new Map<Response, { readonly request: Request; readonly identity: Identity }>();
  const isGood = async (request: Request, { role, actor }: Identity): Promise<boolean> => {
    try {
      const now = await authenticate(request, 'page');
      return now?.actor === actor && now.role === role;
    } catch (error) {
      if (error instanceof HttpError) return false;
      // The store is away: whether it has ended is found out when it is back.
      logger.warn(
        `dashboard: cannot look at open sessions: ${error instanceof Error ? error.message : String(error)}`,
      );
      return true;
    }
  };
  const check = async (): Promise<void> => {
    await Promise.all(
      [...open].map(async ([response, { request, identity }]) => {
        const { socket } = request;
        // A WebSocket has no response any more whose end could be waited for.
        if (socket.destroyed) open.delete(response);
        else if (!(await isGood(request, identity))) socket.destroy();
      }),
    );
  };
  const timer = setInterval(() => void check(), INTERVAL);
  timer.unref();
  return {
    add: (request, response, identity) => {
      open.set(response, { request, identity });
      response.once('close', () => open.delete(response));
    },
    check,
    stop: () => clearInterval(timer),
  };
};
