import { violationText } from '../../domain/invariants/violation.ts';
import { unreadableText } from '../../domain/model/unreadable.ts';
import { oneLine } from '../../domain/one-line.ts';
import type { HousekeepingResult } from '../../scheduler/maintenance/housekeeping.ts';
import { SCHEDULER_LOCK } from '../../scheduler/scheduler.ts';
import type { Settings } from '../../settings.ts';
import { checkStore } from '../check/check-store.ts';

/** Findings that are told one by one. */
const MOST_TOLD = 20;

/** What `synergy db check` finds in the store of a scheduler at work. */
export const checkForHousekeeping = async (settings: Settings): Promise<HousekeepingResult> => {
  const notes: string[] = [];
  const note = (line: string): void => void notes.push(line);
  const checking = { settings, inUseBy: SCHEDULER_LOCK, options: {}, note };
  const { damage, unreadable, report } = await checkStore(checking);
  const { counts, violations } = report;
  const findings = [
    ...notes,
    ...damage.map((line) => `file: ${line}`),
    ...violations.map((violation) => oneLine(violationText(violation))),
    ...unreadable.map((value) => `${oneLine(unreadableText(value))} cannot be read back`),
  ];
  const hidden = findings.length - MOST_TOLD;
  return {
    counts: { ...counts, findings: findings.length },
    findings: [...findings.slice(0, MOST_TOLD), ...(hidden > 0 ? [`${hidden} more`] : [])],
  };
};
