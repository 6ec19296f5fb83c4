import type { RejectedView } from '../../scheduler/api/api.ts';
import { actorText } from './actor-text.ts';
import { unitPath } from './link.ts';
import { countOf } from './number-text.ts';
import { clockText } from './time-text.ts';

/** A report that was rejected. */
export const reportLine = (report: RejectedView) => ({
  sequence: report.sequence,
  at: clockText(report.at),
  unit: report.id,
  href: unitPath(report.id),
  attempt: report.attempt,
  event: report.event,
  owner: actorText(report.owner),
  fullOwner: report.owner,
  because: report.because,
  error: report.error ?? undefined,
  /** How many before it are kept no longer. */
  earlier: report.earlier === 0 ? undefined : countOf(report.earlier, 'earlier report'),
});
