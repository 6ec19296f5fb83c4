import { z } from 'zod';

/** Required of clients, which show the plan before they ask for it. */
export const planHash = z
  .string({
    error:
      'send the hash of the plan that was looked at: GET /jobs/{process}/{timeperiod}/plan, GET /triggers/{owner}/{id}/resend',
  })
  .min(1)
  .max(200)
  .describe('of the plan that was looked at; another one is refused with PLAN_CHANGED');
