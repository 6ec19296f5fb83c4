import { isUowFinished } from '../domain/machine/transition.ts';
import type { UowRecord } from '../domain/model/record.ts';
import type { SchedulerContext } from './context.ts';

const events: Readonly<Partial<Record<UowRecord['state'], string>>> = {
  PROCESSED: 'complete',
  NOOP: 'empty',
  CANCELED: 'cancel',
  INVALID: 'fail',
};

/** Traces the end of an attempt, and what follows from it. A worker in another language does not trace its own part. */
export const traceEnd = ({ tracer, context, clock }: SchedulerContext, uow: UowRecord): void => {
  if (tracer === undefined) return;
  const { kind, processName, state, error, startedAt, finishedAt } = uow;
  const entry = context.processes.find(({ name }) => name === processName);
  if (entry?.worker.kind === 'external' && startedAt !== null) {
    tracer.claim(uow);
    tracer.run(uow, { at: finishedAt ?? clock.now(), event: events[state] ?? 'fail', error });
  }
  if (!isUowFinished(state)) return;
  if (kind === 'managed') tracer.job(uow, clock.now());
  tracer.unit(uow);
};
