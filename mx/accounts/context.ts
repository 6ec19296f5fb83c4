import express from 'express';
import type { Request, Response } from 'express';
import type { Accounts } from '../../scheduler/accounts/api.ts';
import type { SessionCookie } from '../access/cookie.ts';
import type { OpenId } from '../access/openid.ts';
import type { OpenAnswers } from '../access/open-answers.ts';
import type { Shell } from '../http/render.ts';

/** What the routes of accounts are made from. */
export interface AccountsContext {
  /** Throws NOT_FOUND where none are kept. */
  readonly accounts: () => Accounts;
  readonly cookie: SessionCookie;
  readonly openId: OpenId | undefined;
  /** What a browser keeps while its user is at the OpenID provider. */
  readonly departure: SessionCookie;
  readonly openAnswers: OpenAnswers;
  readonly shellFor: (response: Response) => Shell;
  /** Real time, ms. */
  readonly now: () => number;
  /** A path of the dashboard as others have to type it. */
  readonly linkTo: (request: Request, path: string) => string;
}

/** Reads what a form sends. */
export const formBody = express.urlencoded({ extended: false, limit: '64kb' });
