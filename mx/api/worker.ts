import { z } from 'zod';
import * as gives from './answers.ts';
import { defineRoute, ok } from './route.ts';
import type { Route } from './route.ts';

/** Lines of one attempt, and characters of one line: what a runaway worker can fill a log with is bounded. */
const MOST_LINES = 100_000;
const LONGEST_LINE = 10_000;
const MOST_UNITS = 1000;
const LONGEST_WAIT = 30_000;

const owner = z
  .string()
  .max(200)
  .regex(
    /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/,
    "expected `box/name` of letters, digits, '_', '-' and '.'",
  )
  .describe('The worker: `box/name`, unique to this start of it.');
const id = z.string().min(1).max(1000);
const fence = {
  id,
  attempt: z.number().int().min(1),
  token: z.string().min(1).max(200).describe('As handed out with the unit.'),
};
const count = z.number().int().min(0).default(0);

const terms = defineRoute({
  method: 'get',
  path: '/worker/{process}',
  gives: gives.terms,
  summary: 'What a worker of an external process must know: its queue, and its lease in ms',
  params: z.strictObject({ process: z.string() }),
  answer: (api, { params }) => ok(api.workers.terms(params.process)),
});

const take = defineRoute({
  method: 'post',
  path: '/worker/take',
  gives: gives.orders,
  summary: 'Waits for units of an external process and claims them; none when there were none in time',
  body: z.strictObject({
    processName: z.string().min(1).max(200),
    owner,
    max: z.number().int().min(1).max(100).default(1),
    waitMs: z.number().int().min(0).max(LONGEST_WAIT).default(20_000),
  }),
  answer: async (api, { body: { waitMs, ...wish } }) =>
    ok({ units: await api.workers.take({ ...wish, wait: waitMs }) }),
});

const claim = defineRoute({
  method: 'post',
  path: '/worker/claim',
  gives: gives.orders,
  summary:
    'Claims units by id, for those who take the ids from the queue themselves; answers with the units won',
  body: z.strictObject({ owner, ids: z.array(id).min(1).max(MOST_UNITS) }),
  answer: async (api, { body }) => ok({ units: await api.workers.claim(body.owner, body.ids) }),
});

const held = z.strictObject({ id, token: fence.token });

const heartbeat = defineRoute({
  method: 'post',
  path: '/worker/heartbeat',
  gives: gives.heldUnits,
  summary:
    'Prolongs the leases of the units whose tokens are shown; one that is not in the answer was lost or canceled',
  body: z.strictObject({ owner, units: z.array(held).max(MOST_UNITS) }),
  answer: async (api, { body }) => ok({ ids: await api.workers.heartbeat(body.owner, body.units) }),
});

const log = defineRoute({
  method: 'post',
  path: '/worker/log',
  gives: gives.logVerdict,
  summary: 'Keeps lines of output, 1 MiB of an attempt; a sequence that is there already is left as it is',
  bodyLimit: '1mb',
  body: z.strictObject({
    ...fence,
    lines: z
      .array(
        z.strictObject({
          sequence: z.number().int().min(1).max(MOST_LINES).describe('1 for the first line of the attempt.'),
          stream: z.enum(['stdout', 'stderr', 'log']).default('stdout'),
          line: z
            .string()
            .max(LONGEST_LINE)
            .regex(/^[^\n]*$/, 'expected one line without its end'),
        }),
      )
      .max(1000),
  }),
  answer: async (api, { body: { lines, ...holder } }) =>
    ok({ verdict: await api.workers.log(holder, lines) }),
});

const progress = defineRoute({
  method: 'post',
  path: '/worker/progress',
  gives: gives.verdict,
  summary: 'Shows how far a unit is',
  body: z.strictObject({ ...fence, done: z.number().min(0), total: z.number().min(0) }),
  answer: async (api, { body: { done, total, ...holder } }) =>
    ok({ verdict: await api.workers.progress(holder, { done, total }) }),
});

const complete = defineRoute({
  method: 'post',
  path: '/worker/complete',
  gives: gives.verdict,
  summary: 'Ends a unit; `rejected` when it is no longer the worker’s',
  body: z.strictObject({
    owner,
    ...fence,
    outcome: z.enum(['processed', 'noop', 'cancel', 'invalid']),
    processed: count,
    aggregated: count,
    error: z.string().max(20_000).default('').describe('Why, with `cancel` and `invalid`.'),
  }),
  answer: async (api, { body }) => ok({ verdict: await api.workers.complete(body) }),
});

/** Endpoints of workers in other languages; see docs/workers.md. */
export const workerRoutes: readonly Route[] = [terms, take, claim, heartbeat, log, progress, complete];
