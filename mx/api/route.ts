import type { z } from 'zod';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { nothing, readInput } from '../http/input.ts';

/** What an endpoint answers with. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** One endpoint of the JSON API. Schemas validate the request and describe it in the OpenAPI document. */
export interface Route {
  readonly method: 'get' | 'post';
  /** Below `/api/v1`, with `{name}` for parts that vary. */
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body?: z.ZodType;
  /** Size of the body; `64kb` when absent. */
  readonly bodyLimit?: string;
  readonly answer: (
    api: SchedulerApi,
    request: { params: unknown; query: unknown; body: unknown },
  ) => Promise<Answer>;
}

interface Definition<P, Q, B> extends Omit<Route, 'params' | 'query' | 'body' | 'answer'> {
  /** Like `query`, no keys at all when left out. */
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly answer: (api: SchedulerApi, input: { params: P; query: Q; body: B }) => Promise<Answer> | Answer;
}

/** An endpoint that sees validated input only. */
export const defineRoute = <P, Q, B = undefined>({ answer, ...given }: Definition<P, Q, B>): Route => {
  const route = { params: nothing, query: nothing, ...given };
  return {
    ...route,
    answer: async (api, request) =>
      answer(api, {
        params: readInput<unknown>(route.params, request.params, 'path') as P,
        query: readInput<unknown>(route.query, request.query, 'query') as Q,
        body: (route.body === undefined ? undefined : readInput(route.body, request.body, 'body')) as B,
      }),
  };
};

export const ok = (body: unknown): Answer => ({ status: 200, body });
