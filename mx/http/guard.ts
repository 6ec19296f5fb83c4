import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { HttpError, methodNotAllowed } from './problem.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Refuses requests that were addressed to another name: a page elsewhere may point its own name at our address
 * (DNS rebinding) and would then be of the same origin. `port` is asked at each request, since it is known after listening.
 */
export const hostGuard = (host: string, port: () => number): RequestHandler => {
  const names = new Set([...LOOPBACK_NAMES, host.includes(':') ? `[${host}]` : host]);
  return (request, _response, next) => {
    const given = (request.headers.host ?? '').toLowerCase();
    const [, name = '', digits = '80'] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(given) ?? [];
    if (!names.has(name) || Number(digits) !== port()) {
      throw new HttpError(
        'WRONG_HOST',
        `this server answers to http://127.0.0.1:${port()}/ and http://localhost:${port()}/ only`,
      );
    }
    next();
  };
};

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** Refuses what a page of another site has sent. Throws CROSS_ORIGIN. */
export const refuseForeign = ({ headers }: Request): void => {
  const { origin, host = '', 'sec-fetch-site': site } = headers;
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  const foreignOrigin = origin !== undefined && origin !== `http://${host}`;
  if (foreignSite || foreignOrigin)
    throw new HttpError('CROSS_ORIGIN', 'this is taken from the dashboard itself, not from other sites');
};

/** Only POST changes anything, and only our own pages or programs that are no browser may send it. */
export const sameOriginGuard = (request: Request, _response: Response, next: NextFunction): void => {
  if (isRead(request.method)) return next();
  if (request.method !== 'POST') throw methodNotAllowed(request.method, ['GET', 'HEAD', 'POST']);
  refuseForeign(request);
  next();
};
