import type { RequestHandler } from 'express';
import { SynergyError } from '../../domain/errors.ts';
import type { SiteContext } from '../pages/page.ts';

/** Header of every answer of a scheduler that stands by: seconds since what is answered was so. */
export const STANDBY_AGE = 'Synergy-Standby-Age';

const secondsText = (ms: number): string => (ms / 1000).toFixed(1);

/** The notice over every page of one that stands by; undefined on that at work. */
export const standbyText = ({ standbyAge }: Pick<SiteContext, 'standbyAge'>): string | undefined => {
  const age = standbyAge?.();
  if (age === undefined) return undefined;
  return `The scheduler of this box stands by. It shows what the one at work had done ${secondsText(age)} s ago; what you ask for is carried out by that one.`;
};

const elsewhere = (): SynergyError =>
  new SynergyError(
    'STANDING_BY',
    'metrics are those of the scheduler at work, and this one stands by: scrape all boxes, so that the one at work is among them',
  );

/** Tells how old answers are; measurements are of the scheduler at work. */
export const tellStandby =
  ({ standbyAge }: SiteContext): RequestHandler =>
  (request, response, next) => {
    const age = standbyAge?.();
    if (age === undefined) return next();
    response.set(STANDBY_AGE, secondsText(age));
    if (request.path === '/metrics') throw elsewhere();
    next();
  };
