import { z } from 'zod';
import { entryKeyText } from '../../domain/model/entity.ts';
import { SynergyError } from '../../domain/errors.ts';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import { cascadeKinds, uowId } from '../../scheduler/commands/command-table.ts';
import type { FreerunView } from '../../scheduler/api/api.ts';
import { listOrder, uowListFields } from '../../scheduler/api/list-fields.ts';
import * as gives from './answers.ts';
import { entityQuery } from './entity-query.ts';
import { publicUow } from './public-uow.ts';
import { defineList, defineRoute, ok, okAt } from './route.ts';
import type { Route } from './route.ts';

const sequence = z.coerce.number().int().min(1);
const period = z.string().length(10).describe('Timeperiod of the last row seen.');
const name = z.string().min(1).max(200).describe('Name of the last row seen.');
const job = z
  .strictObject({ process: z.string(), timeperiod: z.string() })
  .transform(({ process, timeperiod }) => ({ processName: process, timeperiod }));
const uow = z.strictObject({ id: z.string() });

const publicEntry = <E extends FreerunView>({ lastUow, ...entry }: E) => ({
  ...entry,
  lastUow: lastUow ? publicUow(lastUow) : null,
});

/** Rows of what the context declares, in its order, behind the one of a name. Throws INVALID_ARGUMENT. */
const behind = <R>(
  what: string,
  rows: readonly R[],
  nameOf: (row: R) => string,
  after?: string,
): readonly R[] => {
  if (after === undefined) return rows;
  const index = rows.findIndex((row) => nameOf(row) === after);
  if (index === -1)
    throw new SynergyError(
      'INVALID_ARGUMENT',
      `no ${what} is named '${after}': expected the name of the last one seen, to go on behind it`,
    );
  return rows.slice(index + 1);
};

/** All reading endpoints. */
export const readRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/overview',
    gives: gives.overview,
    summary: 'Health, counts by standing and what needs a person',
    answer: async (api) => {
      const { attention, ...rest } = await api.overview();
      return ok({ ...rest, attention: attention.map(publicUow) });
    },
  }),
  defineList({
    path: '/nodes',
    row: gives.member,
    summary: 'Services that seem to be there, of all boxes, by id: a hint, which may be wrong for a while',
    cursor: z.string().min(1).max(1000).describe('Id of the last row seen.'),
    rows: (api, { page: { after } }) =>
      api.cluster().members.filter(({ id }) => after === undefined || id > after),
    cursorOf: ({ id }) => id,
  }),
  defineList({
    path: '/trees',
    row: gives.tree,
    summary: 'Timetable trees, their processes and counts by standing, in the order of the context',
    cursor: name,
    rows: (api, { page: { after } }) => behind('tree', api.trees(), (tree) => tree.name, after),
    cursorOf: (tree) => tree.name,
  }),
  defineList({
    path: '/trees/{tree}/nodes',
    row: gives.node,
    summary: 'Top level of a tree, newest first',
    params: z.strictObject({ tree: z.string() }),
    cursor: period,
    rows: (api, { params, page: { limit, after } }) =>
      api.roots(params.tree, { limit, ...(after !== undefined && { before: after }) }).nodes,
    cursorOf: ({ timeperiod }) => timeperiod,
  }),
  defineRoute({
    method: 'get',
    path: '/jobs/{process}/{timeperiod}',
    gives: gives.job,
    versioned: true,
    summary: 'A job: state, standing, explanation, neighbours, transitions, units of work',
    params: job,
    answer: async (api, { params }) => {
      const { uows, ...rest } = await api.job(params);
      return okAt(rest.node.version, { ...rest, uows: uows.map(publicUow) });
    },
  }),
  defineList({
    path: '/jobs/{process}/{timeperiod}/children',
    row: gives.node,
    summary: 'Jobs of the next finer level inside this one, oldest first',
    params: job,
    cursor: period,
    rows: (api, { params, page: { after } }) =>
      api.children(params).filter(({ timeperiod }) => after === undefined || timeperiod > after),
    cursorOf: ({ timeperiod }) => timeperiod,
  }),
  defineRoute({
    method: 'get',
    path: '/jobs/{process}/{timeperiod}/explain',
    gives: gives.explanation,
    summary: 'Why a job is not further, with the exact blockers',
    params: job,
    answer: async (api, { params }) => ok(await api.explain(params)),
  }),
  defineRoute({
    method: 'get',
    path: '/jobs/{process}/{timeperiod}/plan',
    gives: gives.plan,
    summary: 'What a reprocess or skip would change; its hash goes into the command',
    params: job,
    query: z.strictObject({ kind: z.enum(cascadeKinds) }),
    answer: async (api, { params, query }) => ok(await api.plan(query.kind, params)),
  }),
  defineList({
    path: '/journal',
    row: gives.transition,
    summary: 'Transitions of jobs, units of work and freerun entries, newest first',
    query: {
      entity: entityQuery,
      own: z
        .literal('true')
        .optional()
        .describe('Those of the entity alone: of an entry without those of its units of work.'),
      order: listOrder.exactOptional(),
    },
    cursor: sequence.describe('Sequence of the last row seen.'),
    rows: (api, { query: { entity, own, order }, page }) =>
      api.journal({
        ...(entity !== undefined && { entityId: entity }),
        ...(own !== undefined && { own: true }),
        ...(order !== undefined && { order }),
        ...page,
      }),
    cursorOf: (row) => row.sequence,
  }),
  defineList({
    path: '/processes',
    row: gives.managed,
    summary: 'Managed processes, in the order of the context',
    cursor: name,
    rows: async (api, { page: { after } }) =>
      behind('managed process', await api.managed(), ({ process }) => process.name, after),
    cursorOf: ({ process }) => process.name,
  }),
  defineList({
    path: '/freerun',
    row: gives.entry,
    summary: 'Freerun entries with their last unit of work, in the order of their keys',
    cursor: uowId.describe('Key of the last row seen, `Process:entry`.'),
    rows: async (api, { page }) => (await api.freerun(page)).map(publicEntry),
    cursorOf: ({ processName, entryName }) => entryKeyText(processName, entryName),
  }),
  defineRoute({
    method: 'get',
    path: '/freerun/{process}/{entry}',
    gives: gives.entryView,
    versioned: true,
    summary:
      'A freerun entry, also one that was removed: its next firings, its last unit of work and who does its work',
    params: z.strictObject({ process: z.string(), entry: z.string() }),
    answer: async (api, { params: { process, entry } }) => {
      const found = await api.freerunEntry({ processName: process, entryName: entry });
      return okAt(found.version, publicEntry(found));
    },
  }),
  defineList({
    path: '/uows',
    row: gives.uow,
    summary: 'Units of work, the one made last first; by state, the one made first',
    query: {
      process: z.string().optional(),
      timeperiod: z.string().optional().describe('Those of one job; with `process`.'),
      entry: z.string().optional().describe('Those of one freerun entry; with `process`.'),
      state: z.enum(uowStates).optional(),
      quarantined: z.literal('true').optional().describe('Those that wait for a person alone.'),
      from: uowListFields.from.exactOptional(),
      to: uowListFields.to.exactOptional(),
      order: uowListFields.order.exactOptional(),
    },
    cursor: uowId.describe('Id of the last row seen.'),
    rows: async (api, { query: { process, timeperiod, entry, state, quarantined, ...span }, page }) => {
      if (process === undefined && (timeperiod ?? entry) !== undefined)
        throw new SynergyError(
          'INVALID_ARGUMENT',
          'expected `process` with `timeperiod` and `entry`, which are names within a process',
        );
      const filter = {
        ...span,
        ...(process !== undefined && { processName: process }),
        ...(timeperiod !== undefined && { timeperiod }),
        ...(entry !== undefined && { entryName: entry }),
        ...(state !== undefined && { states: [state] }),
        ...(quarantined !== undefined && { quarantined: true as const }),
      };
      return (await api.uows({ ...filter, ...page })).map(publicUow);
    },
    cursorOf: ({ id }) => id,
  }),
  defineList({
    path: '/rejected-reports',
    row: gives.rejected,
    summary: 'Reports on units of work that came too late or from a replaced worker, newest first',
    query: {
      uow: uowId.optional().describe('Those on this unit of work.'),
      order: listOrder.exactOptional(),
    },
    cursor: sequence.describe('Sequence of the last row seen.'),
    rows: (api, { query: { uow, order }, page: { limit, after } }) =>
      api.rejectedReports(limit, {
        ...(uow !== undefined && { uowId: uow }),
        ...(order !== undefined && { order }),
        ...(after !== undefined && { after }),
      }),
    cursorOf: (row) => row.sequence,
  }),
  defineRoute({
    method: 'get',
    path: '/uows/{id}',
    gives: gives.uow,
    versioned: true,
    summary: 'A unit of work',
    params: uow,
    answer: async (api, { params }) => {
      const found = await api.uow(params.id);
      return okAt(found.version, publicUow(found));
    },
  }),
  defineList({
    path: '/uows/{id}/log',
    row: gives.logLine,
    summary: 'Captured output of a unit of work, oldest first',
    params: uow,
    cursor: sequence.describe('Sequence of the last line seen.'),
    rows: (api, { params, page: { limit, after } }) => api.log(params.id, after ?? 0, limit),
    cursorOf: (row) => row.sequence,
  }),
];
