import { z } from 'zod';
import type { ErrorCode } from '../../domain/errors.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { nothing, readInput } from '../http/input.ts';

/** What an endpoint answers with. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Of the thing that is told of: becomes the `ETag`. */
  readonly version?: number;
  /** JSON lines that are sent as they come, instead of the body. */
  readonly lines?: AsyncIterable<string>;
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
  /** What it answers with when all is well. */
  readonly gives: z.ZodType;
  /** Codes of refusals that are its own. */
  readonly codes?: readonly ErrorCode[];
  /** Its body is JSON lines, as one text. */
  readonly takesLines?: true;
  /** Answers with JSON lines. */
  readonly givesLines?: true;
  /** Size of the body; `64kb` when absent. */
  readonly bodyLimit?: string;
  /** Answers page by page: with `items`, and `nextCursor` for the page behind. */
  readonly isList?: true;
  /** Answers with an `ETag`. */
  readonly versioned?: true;
  /** Takes a version by the header `If-Match`, as `expectedVersion` of its body. */
  readonly takesVersion?: true;
  readonly answer: (
    api: SchedulerApi,
    request: { params: unknown; query: unknown; body: unknown },
  ) => Promise<Answer>;
}

interface Definition<P, Q, B> extends Omit<Route, 'params' | 'query' | 'body' | 'answer' | 'isList'> {
  /** Like `query`, no keys at all when left out. */
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly answer: (api: SchedulerApi, input: { params: P; query: Q; body: B }) => Promise<Answer> | Answer;
}

/** JSON lines are read one by one by the endpoint. */
const readBody = ({ body, takesLines }: Pick<Route, 'body' | 'takesLines'>, given: unknown): unknown => {
  if (takesLines) return typeof given === 'string' ? given : '';
  return body === undefined ? undefined : readInput(body, given, 'body');
};

/** An endpoint that sees validated input only. */
export const defineRoute = <P, Q, B = undefined>({ answer, ...given }: Definition<P, Q, B>): Route => {
  const route = { params: nothing, query: nothing, ...given };
  return {
    ...route,
    answer: async (api, request) =>
      answer(api, {
        params: readInput<unknown>(route.params, request.params, 'path') as P,
        query: readInput<unknown>(route.query, request.query, 'query') as Q,
        body: readBody(route, request.body) as B,
      }),
  };
};

/** Type of JSON lines. */
export const LINES_TYPE = 'application/x-ndjson';

export const ok = (body: unknown): Answer => ({ status: 200, body });

/** A thing, and the version that a command about it may name. */
export const okAt = (version: number, body: unknown): Answer => ({ status: 200, body, version });

/** Which rows a list is asked for: at most `limit`, behind the row of the cursor `after`. */
interface Page<C> {
  readonly limit: number;
  readonly after?: C;
}

interface ListDefinition<P, F extends z.ZodRawShape, C, R> {
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodType<P>;
  /** What the list may be narrowed by. */
  readonly query?: F;
  readonly cursor: z.ZodType<C>;
  /** Schema of a row. */
  readonly row: z.ZodType;
  readonly rows: (
    api: SchedulerApi,
    input: { params: P; query: z.output<z.ZodObject<F>>; page: Page<C> },
  ) => Promise<readonly R[]> | readonly R[];
  /** A row as it is told; as it is when absent. */
  readonly told?: (row: R) => unknown;
  /** By which the list goes on behind a row, whatever was put in or taken out meanwhile. */
  readonly cursorOf: (row: R) => string | number;
}

const limit = z.coerce.number().int().min(1).max(1000).default(100).describe('Rows on a page.');

/** A list: it has a limit and a cursor. One row more than asked for tells whether there is a next page. */
export const defineList = <P, F extends z.ZodRawShape, C, R>({
  query = {} as F,
  cursor,
  row,
  rows,
  cursorOf,
  told = (row) => row,
  ...given
}: ListDefinition<P, F, C, R>): Route => {
  const route = defineRoute({
    ...given,
    method: 'get',
    gives: z.object({
      items: z.array(row),
      nextCursor: z.string().nullable().describe('`cursor` of the next page; null on the last one.'),
    }),
    query: z.strictObject({ limit, ...query, cursor: cursor.optional() }),
    answer: async (api, { params, query }) => {
      const { limit: size, cursor: after, ...rest } = query as { limit: number; cursor?: C };
      const page = { limit: size + 1, ...(after !== undefined && { after }) };
      const found = await rows(api, { params, query: rest as z.output<z.ZodObject<F>>, page });
      const items = found.slice(0, size);
      const last = items.at(-1);
      const more = found.length > size && last !== undefined;
      return ok({ items: items.map(told), nextCursor: more ? String(cursorOf(last)) : null });
    },
  });
  return { ...route, isList: true };
};
