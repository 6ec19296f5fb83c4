import type { Request, Response } from 'express';

/** Where a browser keeps the secret of its session. */
export interface SessionCookie {
  readonly read: (request: Request) => string | undefined;
  readonly set: (request: Request, response: Response, session: string) => void;
  readonly clear: (request: Request, response: Response) => void;
}

const options = { httpOnly: true, sameSite: 'lax', path: '/' } as const;

const valueOf = (request: Request, name: string): string | undefined => {
  const found = (request.headers.cookie ?? '').split('; ').find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
};

/**
 * The cookie of one installation. Cookies are of a host and of all its ports, so that the name tells installations apart.
 * Behind TLS the prefix `__Host-` keeps pages of neighbouring hosts, and without TLS, from setting it.
 */
export const sessionCookie = (installation: () => string): SessionCookie => {
  const nameFor = ({ secure }: Request): string => {
    const name = `synergy-${installation().replace(/[^A-Za-z0-9]+/g, '-')}`;
    return secure ? `__Host-${name}` : name;
  };
  return {
    read: (request) => valueOf(request, nameFor(request)),
    set: (request, response, session) =>
      void response.cookie(nameFor(request), session, { ...options, secure: request.secure }),
    clear: (request, response) =>
      void response.clearCookie(nameFor(request), { ...options, secure: request.secure }),
  };
};
