import type { TransitionRecord } from '../../domain/model/record.ts';
import { entityPath } from './link.ts';
import { anyLook } from './state-look.ts';
import type { StateLook } from './state-look.ts';
import { clockText } from './time-text.ts';
import type { TimeText } from './time-text.ts';

/** A row of the journal. */
export interface TransitionLine {
  readonly sequence: number;
  readonly at: TimeText;
  readonly entity: string;
  readonly href: string;
  readonly event: string;
  readonly from: StateLook | undefined;
  readonly to: StateLook;
  readonly actor: string;
  readonly reason: string | undefined;
  readonly version: number;
}

export const transitionLine = (row: TransitionRecord): TransitionLine => ({
  sequence: row.sequence,
  at: clockText(row.at),
  entity: row.entityId,
  href: entityPath(row.entityKind, row.entityId),
  event: row.event,
  from: row.from === null ? undefined : anyLook(row.entityKind, row.from),
  to: anyLook(row.entityKind, row.to),
  actor: row.actor,
  reason: row.reason ?? undefined,
  version: row.version,
});
