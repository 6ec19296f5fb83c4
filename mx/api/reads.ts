import { z } from 'zod';
import { entryKeyText } from '../../domain/model/entity.ts';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import { plannedKinds, uowId } from '../../scheduler/commands/command-table.ts';
import type { FreerunView } from '../../scheduler/api/api.ts';
import { listOrder, uowListFields } from '../../scheduler/api/list-fields.ts';
import { entityQuery } from './entity-query.ts';
import { pageOf } from './page.ts';
import { publicUow } from './public-uow.ts';
import { defineRoute, ok } from './route.ts';
import type { Route } from './route.ts';

const limit = z.coerce.number().int().min(1).max(1000).default(100).describe('Rows on a page.');
const sequence = z.coerce.number().int().min(1);
const job = z
  .strictObject({ process: z.string(), timeperiod: z.string() })
  .transform(({ process, timeperiod }) => ({ processName: process, timeperiod }));
const uow = z.strictObject({ id: z.string() });

const publicEntry = <E extends FreerunView>({ lastUow, ...entry }: E) => ({
  ...entry,
  lastUow: lastUow ? publicUow(lastUow) : null,
});

/** All reading endpoints. */
export const readRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/overview',
    summary: 'Health, counts by standing and what needs a person',
    answer: async (api) => {
      const { attention, ...rest } = await api.overview();
      return ok({ ...rest, attention: attention.map(publicUow) });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/trees',
    summary: 'Timetable trees, their processes and counts by standing',
    answer: (api) => ok({ items: api.trees() }),
  }),
  defineRoute({
    method: 'get',
    path: '/trees/{tree}/nodes',
    summary: 'Top level of a tree, newest first',
    params: z.strictObject({ tree: z.string() }),
    query: z.strictObject({
      limit,
      cursor: z.string().length(10).optional().describe('Timeperiod of the last row seen.'),
    }),
    answer: (api, { params, query }) => {
      const page = { limit: query.limit, ...(query.cursor !== undefined && { before: query.cursor }) };
      const { nodes, more } = api.roots(params.tree, page);
      return ok({ items: nodes, nextCursor: more ? (nodes.at(-1)?.timeperiod ?? null) : null });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/jobs/{process}/{timeperiod}',
    summary: 'A job: state, standing, explanation, neighbours, transitions, units of work',
    params: job,
    answer: async (api, { params }) => {
      const { uows, ...rest } = await api.job(params);
      return ok({ ...rest, uows: uows.map(publicUow) });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/jobs/{process}/{timeperiod}/children',
    summary: 'Jobs of the next finer level inside this one, oldest first',
    params: job,
    query: z.strictObject({
      limit,
      cursor: z.string().length(10).optional().describe('Timeperiod of the last row seen.'),
    }),
    answer: (api, { params, query }) => {
      const rows = api
        .children(params)
        .filter(({ timeperiod }) => query.cursor === undefined || timeperiod > query.cursor);
      return ok(pageOf(rows, query.limit, ({ timeperiod }) => timeperiod));
    },
  }),
  defineRoute({
    method: 'get',
    path: '/jobs/{process}/{timeperiod}/explain',
    summary: 'Why a job is not further, with the exact blockers',
    params: job,
    answer: async (api, { params }) => ok(await api.explain(params)),
  }),
  defineRoute({
    method: 'get',
    path: '/jobs/{process}/{timeperiod}/plan',
    summary: 'What a reprocess or skip would change; its hash goes into the command',
    params: job,
    query: z.strictObject({ kind: z.enum(plannedKinds) }),
    answer: async (api, { params, query }) => ok(await api.plan(query.kind, params)),
  }),
  defineRoute({
    method: 'get',
    path: '/journal',
    summary: 'Transitions of jobs, units of work and freerun entries, newest first',
    query: z.strictObject({
      limit,
      entity: entityQuery,
      own: z
        .literal('true')
        .optional()
        .describe('Those of the entity alone: of an entry without those of its units of work.'),
      order: listOrder.exactOptional(),
      cursor: sequence.optional().describe('Sequence of the last row seen.'),
    }),
    answer: async (api, { query: { limit, entity, own, order, cursor } }) => {
      const rows = await api.journal({
        ...(entity !== undefined && { entityId: entity }),
        ...(own !== undefined && { own: true }),
        ...(order !== undefined && { order }),
        ...(cursor !== undefined && { after: cursor }),
        limit: limit + 1,
      });
      return ok(pageOf(rows, limit, (row) => row.sequence));
    },
  }),
  defineRoute({
    method: 'get',
    path: '/processes',
    summary: 'Managed processes',
    answer: async (api) => ok({ items: await api.managed() }),
  }),
  defineRoute({
    method: 'get',
    path: '/freerun',
    summary: 'Freerun entries with their last unit of work, in the order of their keys',
    query: z.strictObject({
      limit,
      cursor: uowId.optional().describe('Key of the last row seen, `Process:entry`.'),
    }),
    answer: async (api, { query: { limit, cursor } }) => {
      const entries = await api.freerun({ limit: limit + 1, ...(cursor !== undefined && { after: cursor }) });
      return ok(
        pageOf(entries.map(publicEntry), limit, ({ processName, entryName }) =>
          entryKeyText(processName, entryName),
        ),
      );
    },
  }),
  defineRoute({
    method: 'get',
    path: '/freerun/{process}/{entry}',
    summary:
      'A freerun entry, also one that was removed: its next firings, its last unit of work and who does its work',
    params: z.strictObject({ process: z.string(), entry: z.string() }),
    answer: async (api, { params: { process, entry } }) =>
      ok(publicEntry(await api.freerunEntry({ processName: process, entryName: entry }))),
  }),
  defineRoute({
    method: 'get',
    path: '/uows',
    summary: 'Units of work, the one made last first; by state, the one made first',
    query: z
      .strictObject({
        limit,
        process: z.string().optional(),
        timeperiod: z.string().optional().describe('Those of one job; with `process`.'),
        entry: z.string().optional().describe('Those of one freerun entry; with `process`.'),
        state: z.enum(uowStates).optional(),
        quarantined: z.literal('true').optional().describe('Those that wait for a person alone.'),
        from: uowListFields.from.exactOptional(),
        to: uowListFields.to.exactOptional(),
        order: uowListFields.order.exactOptional(),
        cursor: uowId.optional().describe('Id of the last row seen.'),
      })
      .refine(
        ({ process, timeperiod, entry }) => process !== undefined || (timeperiod ?? entry) === undefined,
        {
          error: 'expected `process` with `timeperiod` and `entry`, which are names within a process',
        },
      ),
    answer: async (api, { query }) => {
      const { limit, process, timeperiod, entry, state, quarantined, cursor, ...span } = query;
      const filter = {
        ...span,
        ...(process !== undefined && { processName: process }),
        ...(timeperiod !== undefined && { timeperiod }),
        ...(entry !== undefined && { entryName: entry }),
        ...(state !== undefined && { states: [state] }),
        ...(quarantined !== undefined && { quarantined: true as const }),
        ...(cursor !== undefined && { after: cursor }),
      };
      const rows = await api.uows({ ...filter, limit: limit + 1 });
      return ok(pageOf(rows.map(publicUow), limit, ({ id }) => id));
    },
  }),
  defineRoute({
    method: 'get',
    path: '/rejected-reports',
    summary: 'Reports on units of work that came too late or from a replaced worker, newest first',
    query: z.strictObject({
      limit,
      uow: uowId.optional().describe('Those on this unit of work.'),
      order: listOrder.exactOptional(),
      cursor: sequence.optional().describe('Sequence of the last row seen.'),
    }),
    answer: async (api, { query: { limit, uow, order, cursor } }) => {
      const rows = await api.rejectedReports(limit + 1, {
        ...(uow !== undefined && { uowId: uow }),
        ...(order !== undefined && { order }),
        ...(cursor !== undefined && { after: cursor }),
      });
      return ok(pageOf(rows, limit, (row) => row.sequence));
    },
  }),
  defineRoute({
    method: 'get',
    path: '/uows/{id}',
    summary: 'A unit of work',
    params: uow,
    answer: async (api, { params }) => ok(publicUow(await api.uow(params.id))),
  }),
  defineRoute({
    method: 'get',
    path: '/uows/{id}/log',
    summary: 'Captured output of a unit of work, oldest first',
    params: uow,
    query: z.strictObject({ limit, cursor: sequence.optional().describe('Sequence of the last line seen.') }),
    answer: async (api, { params, query }) => {
      const rows = await api.log(params.id, query.cursor ?? 0, query.limit + 1);
      return ok(pageOf(rows, query.limit, (row) => row.sequence));
    },
  }),
];
