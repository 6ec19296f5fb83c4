import type { Request, RequestHandler } from 'express';
import { LOOPBACK_NAMES, hostText, isExposed, isLoopback } from '../access/exposure.ts';
import type { Exposure } from '../access/exposure.ts';
import { HttpError, methodNotAllowed } from './problem.ts';

/**
 * Refuses requests that were addressed to another name: a page elsewhere may point its own name at our address
 * (DNS rebinding) and would then be of the same origin. `port` is asked at each request, since it is known after listening.
 */
export const hostGuard = ({ host, publicUrl, tls }: Exposure, port: () => number): RequestHandler => {
  const names = new Set([...LOOPBACK_NAMES, hostText(host)]);
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl).host;
  const [scheme, usual] = tls === undefined ? ['http', '80'] : ['https', '443'];
  const answersTo = (): string =>
    publicUrl ?? `${scheme}://127.0.0.1:${port()}/ and ${scheme}://localhost:${port()}/`;
  return (request, _response, next) => {
    // From a proxy that is trusted: the name that it was asked by.
    const given = ((request.host as string | undefined) ?? '').toLowerCase();
    const [, name = '', digits = usual] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(given) ?? [];
    const isOurs = names.has(name) && Number(digits) === port();
    if (!isOurs && given !== publicHost)
      throw new HttpError('WRONG_HOST', `this server answers to ${answersTo()} only`);
    next();
  };
};

/** Where others reach it, refuses what came over the network in the clear: past the proxy, or past its TLS. */
export const tlsGuard = (exposure: Exposure): RequestHandler => {
  const isOpen = isExposed(exposure);
  return (request, _response, next) => {
    if (isOpen && !request.secure && !isLoopback(request.ip ?? ''))
      throw new HttpError('INSECURE', `use ${exposure.publicUrl ?? 'https'}: this came without TLS`);
    next();
  };
};

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** Refuses what a page of another site has sent. Throws CROSS_ORIGIN. */
export const refuseForeign = ({ headers, protocol, host }: Request): void => {
  const { origin, 'sec-fetch-site': site } = headers;
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  const foreignOrigin = origin !== undefined && origin !== `${protocol}://${host}`;
  if (foreignSite || foreignOrigin)
    throw new HttpError('CROSS_ORIGIN', 'this is taken from the dashboard itself, not from other sites');
};

/** Methods besides, by the paths that take them: of programs, which show a token, since browsers send one by no page. */
export type ProgramMethods = Readonly<Record<string, RegExp>>;

/** Only POST changes anything, and only our own pages or programs that are no browser may send it. */
export const makeChangeGuard =
  (programs: ProgramMethods): RequestHandler =>
  (request, _response, next) => {
    const { method, path, headers } = request;
    if (isRead(method)) return next();
    const isOfPrograms = programs[method]?.test(path) === true;
    if (method !== 'POST' && !isOfPrograms) throw methodNotAllowed(method, ['GET', 'HEAD', 'POST']);
    refuseForeign(request);
    if (isOfPrograms && !/^Bearer /i.test(headers.authorization ?? ''))
      throw new HttpError(
        'UNAUTHENTICATED',
        `${method} is for programs: send a token as \`Authorization: Bearer syn_…\``,
      );
    next();
  };
