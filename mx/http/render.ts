import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { failingOf } from '../../domain/timetable/standing.ts';
import { countText } from '../look/number-text.ts';
import { outageText } from '../outage.ts';
import { packageRoot } from '../package-root.ts';
import { clockFace } from '../look/time-text.ts';
import type { PageContext, PageView } from '../pages/page.ts';

const compress = promisify(gzip);
const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
  version: string;
};
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

/** Begins the title of every page, so that a tab in the background tells, too. */
const failingText = ({ api }: PageContext): string => {
  const jobs = api.trees().flatMap(({ processes }) => processes.map(({ counts }) => failingOf(counts)));
  const failing = jobs.reduce((sum, count) => sum + count, 0);
  return failing === 0 ? '' : `${countText(failing)} failing · `;
};

/** htmx has the frame already. */
const templateOf = (request: Request, { view, dialog }: PageView): string => {
  if (request.headers['hx-request'] !== 'true') return 'layout';
  return dialog === true ? view : 'fragment';
};

const html = (request: Request, response: Response, view: PageView, shell: Shell): Promise<string> =>
  new Promise((resolve, reject) => {
    const locals = {
      page: view,
      model: view.model,
      asset: shell.asset,
      nav: shell.nav,
      path: request.path,
      version,
      failing: failingText(shell.context),
      clock: clockModel(shell.context),
      outages: (shell.context.troubles?.() ?? []).map(outageText),
    };
    response.render(templateOf(request, view), locals, (error, text) =>
      error instanceof Error ? reject(error) : resolve(text),
    );
  });

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
