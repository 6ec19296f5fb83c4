import { z } from 'zod';
import { executionOf } from '../../domain/event/execution.ts';
import { toDiagram } from '../../domain/machine/diagram.ts';
import { machines } from '../../domain/machine/registry.ts';
import type { TransitionRecord, UowRecord } from '../../domain/model/record.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import { jobChip, qualifiersOf } from '../present/job-chip.ts';
import type { Qualifiers } from '../present/job-chip.ts';
import { actionPath, entryPath, executionPath, journalPath } from '../present/link.ts';
import { reportLine } from '../present/report-line.ts';
import { readLog } from '../present/log-text.ts';
import type { LogText } from '../present/log-text.ts';
import { drawMachine } from '../present/state-diagram.ts';
import { anyLook, unitLook } from '../present/state-look.ts';
import { clockText, periodText, secondText } from '../present/time-text.ts';
import { transitionLine } from '../present/transition-line.ts';
import { unitLine } from '../present/unit-line.ts';
import type { RejectedView } from '../../scheduler/api/api.ts';
import { definePage } from './page.ts';

const MAX_TRANSITIONS = 50;
/** The store keeps no more of a unit. */
const MAX_REPORTS = 20;
const POLL = 2;

const rangeText = (
  { startTimeperiod, endTimeperiod, processName }: UowRecord,
  qualifiers: Qualifiers,
): string => {
  const qualifier = qualifiers.get(processName);
  if (qualifier === undefined)
    return startTimeperiod === endTimeperiod ? '' : `${startTimeperiod} to ${endTimeperiod}`;
  return `${periodText(qualifier, startTimeperiod)} up to ${periodText(qualifier, endTimeperiod)}`;
};

const facts = (uow: UowRecord, qualifiers: Qualifiers) =>
  [
    {
      label: uow.kind === 'managed' ? 'Covers' : 'Planned for',
      value: uow.kind === 'managed' ? rangeText(uow, qualifiers) : secondText(uow.timeperiod),
    },
    { label: 'Rows', value: uow.startId === null ? '' : `${uow.startId} to ${uow.endId ?? ''}` },
    { label: 'Source', value: uow.source ?? '' },
    { label: 'Sink', value: uow.sink ?? '' },
    { label: 'Created', value: clockText(uow.createdAt).full },
    { label: 'Started', value: uow.startedAt === null ? '' : clockText(uow.startedAt).full },
    { label: 'Finished', value: uow.finishedAt === null ? '' : clockText(uow.finishedAt).full },
    { label: 'Crashes', value: uow.crashes === 0 ? '' : String(uow.crashes) },
  ].filter(({ value }) => value !== '');

/** What was read for the page. */
export interface UnitData {
  readonly uow: UowRecord;
  readonly transitions: readonly TransitionRecord[];
  readonly rejected: readonly RejectedView[];
  readonly log: LogText;
  readonly after: number;
}

/** One attempt order and what became of it. Pure. */
export const present = (
  { uow, transitions, rejected, log, after }: UnitData,
  now: number,
  qualifiers: Qualifiers,
) => {
  const unit = unitLine(uow, now);
  const taken = transitions.map(({ from, to }) => ({ from, to }));
  return {
    /** Seconds between looks, since progress and log lines are not told. */
    poll: unit.finished ? undefined : POLL,
    unit,
    name: uow.entryName === null ? uow.processName : entryKeyText(uow.processName, uow.entryName),
    entryHref: uow.entryName === null ? undefined : entryPath({ ...uow, entryName: uow.entryName }),
    /** Of an execution of an event trigger. */
    executionHref: executionOf(uow) && executionPath(uow.id),
    chip: uow.kind === 'managed' ? jobChip(uow, unitLook(uow), qualifiers) : undefined,
    facts: facts(uow, qualifiers),
    arguments: JSON.stringify(uow.arguments, null, 2),
    cancel: unit.finished ? undefined : actionPath('cancel-uow', { uowId: uow.id }),
    release: uow.state === 'INVALID' ? actionPath('release-uow', { uowId: uow.id }) : undefined,
    diagram: drawMachine(toDiagram(machines.uow), { current: uow.state, taken }, (state) =>
      state === uow.state ? { ...anyLook('uow', state), glyph: unit.look.glyph } : anyLook('uow', state),
    ),
    journalHref: journalPath(uow.id),
    transitions: transitions.map((row) => transitionLine(row, qualifiers)),
    rejected: rejected.map(reportLine),
    log,
    /** Set when the log does not begin with its first line. */
    fromStart: after > 0 ? log.href : undefined,
  };
};

/** What the page of a unit of work shows. */
export type UnitModel = ReturnType<typeof present>;

export const unitPage = definePage({
  path: '/units/:id',
  params: z.strictObject({ id: z.string() }),
  query: z.strictObject({ after: z.coerce.number().int().min(0).default(0) }),
  open: async ({ api, clock }, { id, after }) => {
    const uow = await api.uow(id);
    const [transitions, rejected, log] = await Promise.all([
      api.journal({ entityId: id, limit: MAX_TRANSITIONS }),
      api.rejectedReports(MAX_REPORTS, { uowId: id }),
      readLog(api, id, after),
    ]);
    const model = present({ uow, transitions, rejected, log, after }, clock.now(), qualifiersOf(api.trees()));
    return { view: 'unit', title: `Unit ${id}`, model };
  },
});
