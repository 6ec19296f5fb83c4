import type { UowRecord } from '../../domain/model/record.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import { jobChip } from './job-chip.ts';
import type { JobChip, Qualifiers } from './job-chip.ts';
import { actionPath } from './link.ts';
import { secondText } from './time-text.ts';
import { unitLine } from './unit-line.ts';
import type { UnitLine } from './unit-line.ts';

/** A failed unit of work, and what a person can do about it. */
export interface FailedLine extends UnitLine {
  readonly chip: JobChip;
  readonly release: string;
  readonly cancel: string;
}

export const failedLine = (uow: UowRecord, now: number, qualifiers: Qualifiers): FailedLine => {
  const line = unitLine(uow, now);
  const chip = jobChip(uow, line.look, qualifiers);
  const actions = {
    release: actionPath('release-uow', { uowId: uow.id }),
    cancel: actionPath('cancel-uow', { uowId: uow.id }),
  };
  if (uow.entryName === null) return { ...line, ...actions, chip };
  const name = entryKeyText(uow.processName, uow.entryName);
  return {
    ...line,
    ...actions,
    chip: { ...chip, href: line.href, name, period: secondText(uow.timeperiod) },
  };
};
