import type { Response } from 'express';

/** Goes on to a path of the dashboard, by GET. */
export const redirect = (response: Response, path: string): void =>
  response.redirect(303, `${response.req.baseUrl}${path}`);
