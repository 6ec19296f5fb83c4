import type { UowRecord } from '../../domain/model/record.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import { jobChip } from './job-chip.ts';
import type { Qualifiers } from './job-chip.ts';
import { actionPath } from './link.ts';
import { secondText } from './time-text.ts';
import { unitLine } from './unit-line.ts';

/** A failed unit of work, and what a person can do about it. */
export const failedLine = (uow: UowRecord, now: number, qualifiers: Qualifiers) => {
  const line = unitLine(uow, now);
  return {
    ...line,
    release: actionPath('release-uow', { uowId: uow.id }),
    cancel: actionPath('cancel-uow', { uowId: uow.id }),
    chip:
      uow.entryName === null
        ? jobChip(uow, line.look, qualifiers)
        : {
            href: line.href,
            name: entryKeyText(uow.processName, uow.entryName),
            period: secondText(uow.timeperiod),
            look: line.look,
          },
  };
};
