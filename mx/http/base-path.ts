import type { Express } from 'express';
import type { IncomingMessage, RequestListener } from 'node:http';

const without = (base: string, url: string): string => {
  if (url === base) return '/';
  return url.startsWith(`${base}/`)
    ? url.slice(base.length)
    : url.startsWith(`${base}?`)
      ? `/${url.slice(base.length)}`
      : url;
};

/**
 * An application below a path such as `/synergy`, empty for none. Its routes do not know of it; what leads to them from
 * outside begins with the `baseUrl` of the request. A proxy may take the path away before or leave it.
 */
export const belowPath = (base: string, app: Express): RequestListener =>
  base === ''
    ? app
    : (request: IncomingMessage, response) => {
        const url = without(base, request.url ?? '/');
        app(Object.assign(request, { url, baseUrl: base }), response);
      };

/** Puts the path before the links, forms and files of a page. Attributes are quoted in all views, and no data holds quotes. */
export const linksBelow = (base: string, html: string): string =>
  base === '' ? html : html.replace(/(\s(?:href|src|action|hx-get|hx-post)=")(?=\/)/g, `$1${base}`);
