import type { z } from 'zod';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { readInput } from '../http/input.ts';

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
  readonly params: z.ZodType<P>;
  readonly query: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly answer: (api: SchedulerApi, input: { params: P; query: Q; body: B }) => Promise<Answer> | Answer;
}

/** An endpoint that sees validated input only. */
export const defineRoute = <P, Q, B = undefined>({ answer, ...route }: Definition<P, Q, B>): Route => ({
  ...route,
  answer: async (api, request) => {
    const input = {
      params: readInput(route.params, request.params, 'path'),
      query: readInput(route.query, request.query, 'query'),
      body: (route.body === undefined ? undefined : readInput(route.body, request.body, 'body')) as B,
    };
    return answer(api, input);
  },
});

export const ok = (body: unknown): Answer => ({ status: 200, body });
