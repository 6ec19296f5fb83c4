import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { countText } from '../present/number-text.ts';
import { outageText } from '../outage.ts';
import { packageVersion } from '../../lib/package-info.ts';
import { clockFace } from '../present/time-text.ts';
import { mayFollow } from '../access/authorize.ts';
import type { PageContext, PageView } from '../pages/page.ts';
import { linksBelow } from './base-path.ts';
import { standbyText } from './stand-by.ts';

const compress = promisify(gzip);
/** Clocks that differ by less show one face. Milliseconds. */
const SHIFT_SHOWN = 60_000;

/** What every view may use beside its own model. */
export interface Shell {
  readonly asset: (name: string) => string;
  readonly nav: readonly { readonly label: string; readonly icon: string; readonly path: string }[];
  readonly context: PageContext;
}

const clockModel = ({ clock, timetableClock }: PageContext): object => {
  const [now, timetableNow] = [clock.now(), timetableClock.now()];
  const shifted = Math.abs(now - timetableNow) > SHIFT_SHOWN;
  return { timetableNow, now, shifted, face: clockFace(timetableNow), real: clockFace(now) };
};

/** Begins the title of every page, so that a tab in the background tells, too; empty while the store is away. */
const failingText = async ({ api, troubles, identity }: PageContext): Promise<string> => {
  if (identity === undefined) return '';
  if (troubles !== undefined && troubles().length > 0) return '';
  const failing = await api.failing().catch(() => 0);
  return failing === 0 ? '' : `${countText(failing)} failing · `;
};

/** htmx has the frame already. */
const templateOf = (request: Request, { view, dialog }: PageView, isBare: boolean): string => {
  if (isBare) return 'bare';
  if (request.headers['hx-request'] !== 'true') return 'layout';
  return dialog === true ? view : 'fragment';
};

const html = async (request: Request, response: Response, view: PageView, shell: Shell): Promise<string> => {
  const { context } = shell;
  const { identity } = context;
  const failing = await failingText(context);
  const base = request.baseUrl;
  const bare = identity === undefined || view.bare === true;
  return new Promise((resolve, reject) => {
    const locals = {
      page: view,
      model: view.model,
      asset: shell.asset,
      nav: shell.nav,
      path: request.path,
      version: packageVersion,
      installation: context.title ?? 'Synergy',
      failing,
      clock: clockModel(context),
      outages: (context.troubles?.() ?? []).map(outageText),
      standby: standbyText(context),
      base,
      bare,
      user: context.accounts === undefined ? undefined : identity,
      /** Whether a link leads to what who looks at the page may do. */
      may: (href: string | undefined) => href !== undefined && mayFollow(identity, href),
    };
    response.render(templateOf(request, view, bare), locals, (error, text) =>
      error instanceof Error ? reject(error) : resolve(linksBelow(base, text)),
    );
  });
};

/** Answers with a page; htmx gets its content only. */
export const sendPage = async (
  request: Request,
  response: Response,
  view: PageView,
  shell: Shell,
): Promise<void> => {
  const text = await html(request, response, view, shell);
  response.type('html').set({ 'Cache-Control': 'no-store', Vary: 'Accept-Encoding, HX-Request' });
  if (request.acceptsEncodings('gzip') === false) {
    response.end(text);
    return;
  }
  response.set('Content-Encoding', 'gzip').end(await compress(text));
};
