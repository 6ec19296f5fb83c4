import { entityRef, entryKeyText } from '../../domain/model/entity.ts';
import type { TransitionRecord } from '../../domain/model/record.ts';
import { actorText } from './actor-text.ts';
import type { Qualifiers } from './job-chip.ts';
import { entityPath } from './link.ts';
import { anyLook } from './state-look.ts';
import { clockText, periodText, secondText } from './time-text.ts';

/** Characters of what tells the run of a unit, which may be the id of a command. */
const LONGEST_RUN = 8;

/** `SiteDaily`, `17 May 2015` and, for a unit of work, `#2`; the id alone where it is of another form. */
const entityOf = (id: string, qualifiers: Qualifiers) => {
  const ref = entityRef(id);
  if (ref?.kind === 'uow' && ref.entryName !== null) {
    const unit = `#${ref.run.slice(0, LONGEST_RUN)}${ref.run.length > LONGEST_RUN ? '…' : ''}`;
    return { name: entryKeyText(ref.processName, ref.entryName), period: secondText(ref.timeperiod), unit };
  }
  const isOfJob = ref?.kind === 'job' || (ref?.kind === 'uow' && ref.entryName === null);
  const qualifier = isOfJob ? qualifiers.get(ref.processName) : undefined;
  if (!isOfJob || qualifier === undefined) return { name: id, period: '', unit: '' };
  const unit = ref.kind === 'uow' ? `#${ref.run}` : '';
  return { name: ref.processName, period: periodText(qualifier, ref.timeperiod), unit };
};

/** What happened to a freerun entry that is on or off as before. */
const happened: Readonly<Partial<Record<TransitionRecord['event'], string>>> = {
  change: 'Changed',
  fire: 'Fired',
  owe: 'Owes a firing',
  drop: 'Did not fire',
  'set-back': 'Seen to anew, the clock was set back',
};

/** The words of a row: the state that was left, if it was; what the row is about, in bold; the event, unless that says it. */
const wordsOf = ({ entityKind, from, event, to }: TransitionRecord) => {
  const what = entityKind === 'entry' && from === to ? happened[event] : undefined;
  if (what !== undefined) return { left: undefined, what, event: undefined };
  const left = from === null ? undefined : anyLook(entityKind, from).label;
  return { left, what: anyLook(entityKind, to).label, event };
};

/** A row of the journal. */
export const transitionLine = (row: TransitionRecord, qualifiers: Qualifiers) => ({
  sequence: row.sequence,
  at: clockText(row.at),
  id: row.entityId,
  entity: entityOf(row.entityId, qualifiers),
  href: entityPath(row.entityId),
  ...wordsOf(row),
  look: anyLook(row.entityKind, row.to),
  actor: actorText(row.actor),
  fullActor: row.actor,
  reason: row.reason ?? undefined,
  version: row.version,
});
export type TransitionLine = ReturnType<typeof transitionLine>;

/** Rows under the days in which they were written, in UTC. */
export const byDay = (rows: readonly TransitionLine[]) => {
  const days = new Map<string, TransitionLine[]>();
  for (const row of rows) {
    const day = row.at.iso.slice(0, 10);
    days.set(day, [...(days.get(day) ?? []), row]);
  }
  return [...days].map(([day, inDay]) => ({ day, rows: inDay }));
};
