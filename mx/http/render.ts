import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { countText } from '../present/number-text.ts';
import { outageText } from '../outage.ts';
import { packageVersion } from '../../lib/package-info.ts';
import { clockFace } from '../present/time-text.ts';
import type { PageContext, PageView } from '../pages/page.ts';

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
const failingText = async ({ api, troubles }: PageContext): Promise<string> => {
  if (troubles !== undefined && troubles().length > 0) return '';
  const failing = await api.failing().catch(() => 0);
  return failing === 0 ? '' : `${countText(failing)} failing · `;
};

/** htmx has the frame already. */
const templateOf = (request: Request, { view, dialog }: PageView): string => {
  if (request.headers['hx-request'] !== 'true') return 'layout';
  return dialog === true ? view : 'fragment';
};

const html = async (request: Request, response: Response, view: PageView, shell: Shell): Promise<string> => {
  const failing = await failingText(shell.context);
  return new Promise((resolve, reject) => {
    const locals = {
      page: view,
      model: view.model,
      asset: shell.asset,
      nav: shell.nav,
      path: request.path,
      version: packageVersion,
      installation: shell.context.title ?? 'Synergy',
      failing,
      clock: clockModel(shell.context),
      outages: (shell.context.troubles?.() ?? []).map(outageText),
    };
    response.render(templateOf(request, view), locals, (error, text) =>
      error instanceof Error ? reject(error) : resolve(text),
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
