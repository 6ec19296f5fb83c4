import type { Clock } from '../domain/clock.ts';
import type { UowRecord } from '../domain/model/record.ts';
import type { UnitTracer } from '../domain/model/unit-trace.ts';
import type { Outcome } from './reports/outcome.ts';

/** Traces what a worker does with units of work; nothing without a tracer. */
export const createRunTrace = (tracer: UnitTracer | undefined, clock: Clock) => {
  /** Units whose report the store has not answered yet, and since when. */
  const open = new Map<string, { readonly uow: UowRecord; readonly start: number }>();
  return {
    claimed: (units: readonly UowRecord[]): void => {
      for (const uow of units) tracer?.claim(uow);
    },
    /** It is handed to the reporter next. */
    ended: (uow: UowRecord, { event, error }: Outcome): void => {
      if (tracer === undefined) return;
      const at = clock.now();
      tracer.run(uow, { at, event, error });
      open.set(uow.id, { uow, start: at });
    },
    answered: (id: string, verdict: 'applied' | 'rejected'): void => {
      const report = open.get(id);
      if (report === undefined) return;
      open.delete(id);
      tracer?.report(report.uow, { start: report.start, end: clock.now() }, verdict);
    },
  };
};
