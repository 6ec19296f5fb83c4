import { executionOf, executionState } from '../../../domain/event/execution.ts';
import type { ExecutionState } from '../../../domain/event/execution.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import { formatDuration } from '../../../domain/time/duration.ts';
import { executionPath } from '../link.ts';
import { countText } from '../number-text.ts';
import { clockText } from '../time-text.ts';
import { executionLook, latenessOf } from './execution-line.ts';

const [STEP, HEIGHT, DOT] = [6.5, 96, 10];

const counted: readonly (readonly [ExecutionState, string])[] = [
  ['success', 'delivered'],
  ['failed', 'failed'],
  ['expired', 'expired'],
  ['quarantined', 'in quarantine'],
];

/** `8 delivered, 1 failed; half began within 12ms, 99 % within 60ms.` */
const summaryOf = (executions: readonly UowRecord[]): string => {
  const states = executions.map(executionState);
  const outcomes = counted.flatMap(([state, word]) => {
    const count = states.filter((each) => each === state).length;
    return count === 0 ? [] : [`${countText(count)} ${word}`];
  });
  const underWay = states.filter((state) => !counted.some(([each]) => each === state)).length;
  const late = executions.flatMap((uow) => latenessOf(uow) ?? []).sort((a, b) => a - b);
  const within = (share: number): string => formatDuration(late[Math.ceil(late.length * share) - 1] ?? 0);
  const punctual = late.length === 0 ? '' : `; half began within ${within(0.5)}, 99 % within ${within(0.99)}`;
  return `${[...outcomes, ...(underWay === 0 ? [] : [`${countText(underWay)} under way`])].join(', ')}${punctual}.`;
};

/** A trigger's latest executions (newest first) side by side, the oldest to the left: how they ended, and how late they began up to `epsilon` (ms). Pure. */
export const executionLane = (executions: readonly UowRecord[], epsilon: number) => {
  // By powers: milliseconds are told apart as well as minutes are.
  const heightOf = (late: number): number => Math.min(1, Math.log1p(late) / Math.log1p(epsilon));
  return {
    size: DOT,
    width: Math.max(1, executions.length) * STEP + DOT,
    height: HEIGHT,
    summary: executions.length === 0 ? '' : summaryOf(executions),
    dots: [...executions].reverse().map((uow, place) => {
      const [late, look] = [latenessOf(uow), executionLook(uow)];
      const isUnsent = uow.state === 'NOOP';
      const began = late === undefined ? '' : `, began after ${formatDuration(late)}`;
      const at = executionOf(uow)?.at ?? uow.createdAt;
      return {
        ...{ href: executionPath(uow.id), look },
        title: `${clockText(at).text}: ${look.label.toLowerCase()}${began}`,
        x: Math.round(place * STEP * 10) / 10,
        y: Math.round((HEIGHT - DOT) * (1 - (isUnsent ? 1 : heightOf(late ?? 0)))),
      };
    }),
  };
};
