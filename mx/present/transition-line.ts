import { entityRef } from '../../domain/model/entity.ts';
import type { TransitionRecord } from '../../domain/model/record.ts';
import { actorText } from './actor-text.ts';
import type { Qualifiers } from './job-chip.ts';
import { entityPath } from './link.ts';
import { anyLook } from './state-look.ts';
import { clockText, periodText } from './time-text.ts';

/** `SiteDaily`, `17 May 2015` and, for a unit of work, `#2`; the id alone where it is of another form. */
const entityOf = (id: string, qualifiers: Qualifiers) => {
  const ref = entityRef(id);
  const isOfJob = ref?.kind === 'job' || (ref?.kind === 'uow' && ref.entryName === null);
  const qualifier = isOfJob ? qualifiers.get(ref.processName) : undefined;
  if (!isOfJob || qualifier === undefined) return { name: id, period: '', unit: '' };
  const unit = ref.kind === 'uow' ? `#${ref.run}` : '';
  return { name: ref.processName, period: periodText(qualifier, ref.timeperiod), unit };
};

/** A row of the journal. */
export const transitionLine = (row: TransitionRecord, qualifiers: Qualifiers) => ({
  sequence: row.sequence,
  at: clockText(row.at),
  entity: entityOf(row.entityId, qualifiers),
  href: entityPath(row.entityId),
  event: row.event,
  from: row.from === null ? undefined : anyLook(row.entityKind, row.from),
  to: anyLook(row.entityKind, row.to),
  actor: actorText(row.actor),
  fullActor: row.actor,
  reason: row.reason ?? undefined,
  version: row.version,
});
export type TransitionLine = ReturnType<typeof transitionLine>;
