import { executionOf } from '../../../domain/event/execution.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import { formatDuration } from '../../../domain/time/duration.ts';
import { countText } from '../number-text.ts';
import { clockText } from '../time-text.ts';
import { latenessOf } from './execution-line.ts';

/** Latest executions that are looked at for the head line. */
export const HEAD_LINE = 1_000;
export const HOUR = 3_600_000;

/** How deliveries go: of the last hour, or of the latest ones where there are more than are looked at. Pure. */
export const deliveryFacts = (latest: readonly UowRecord[], due: number) => {
  const executions = latest.filter((uow) => executionOf(uow)?.occasion !== 'test');
  const count = (state: UowRecord['state']): string =>
    countText(executions.filter((uow) => uow.state === state).length);
  // Of first attempts: the others were asked for later.
  const late = executions
    .flatMap((uow) => (uow.attempt > 1 ? [] : (latenessOf(uow) ?? [])))
    .sort((a, b) => a - b);
  const p99 = late[Math.ceil(late.length * 0.99) - 1];
  const oldest = latest.at(-1);
  const span =
    latest.length < HEAD_LINE || oldest === undefined
      ? 'in the last hour'
      : `of the last ${countText(HEAD_LINE)}, since ${clockText(oldest.createdAt).text.slice(11)}`;
  return [
    { label: 'Due', value: countText(due), unit: 'in the next minute' },
    { label: 'Delivered', value: count('PROCESSED'), unit: span },
    { label: 'Failed', value: count('CANCELED'), unit: span },
    { label: 'Expired', value: count('NOOP'), unit: span },
    { label: 'Late', value: p99 === undefined ? '–' : formatDuration(p99), unit: '99 % began within' },
  ];
};
