import type { SendSpan, Span } from '../span.ts';
import type { UowRecord } from './record.ts';

/** SHA-256 of a text, as hexadecimal digits. */
export type Sha256 = (text: string) => string;

/** How a run ended. */
interface RunEnd {
  /** Instant, ms. */
  readonly at: number;
  /** What is reported. */
  readonly event: string;
  readonly error: string | null;
}

/** What a tracer stands on. */
export interface UnitTracerOptions {
  readonly sha256: Sha256;
  readonly send: SendSpan;
}

type Own = Pick<Span, 'start' | 'end'> & Partial<Pick<Span, 'error' | 'attributes'>>;

const attributesOf = ({ id, processName, timeperiod, attempt }: UowRecord): Span['attributes'] => ({
  'synergy.unit': id,
  'synergy.process': processName,
  'synergy.timeperiod': timeperiod,
  'synergy.attempt': attempt,
});

/**
 * Ids of traces and spans, made from what the record of a unit says, so that scheduler and workers agree on them and hand
 * nothing on. The instant of its creation is part of them, since another store has the same ids of units.
 */
const createIds = (sha256: Sha256) => {
  const keyOf = ({ id, createdAt }: UowRecord): string => `${id} ${createdAt}`;
  return {
    root: (uow: UowRecord): Pick<Span, 'traceId' | 'spanId'> => {
      const digits = sha256(keyOf(uow));
      return { traceId: digits.slice(0, 32), spanId: digits.slice(32, 48) };
    },
    part: (uow: UowRecord, name: string): string =>
      sha256(`${keyOf(uow)} ${uow.attempt} ${name}`).slice(0, 16),
  };
};

/**
 * Tells the life of units of work as spans, one trace each: `unit` from its request to its end, and in it `request`, and of
 * each attempt `claim`, `run`, `report`, at last `job`.
 */
export const createUnitTracer = ({ sha256, send }: UnitTracerOptions) => {
  const ids = createIds(sha256);
  const tell = (uow: UowRecord, name: string, { attributes, error = null, ...times }: Own): void => {
    const root = ids.root(uow);
    send({
      name: `${name} ${uow.processName}`,
      ...root,
      ...(name === 'unit' ? {} : { spanId: ids.part(uow, name), parentSpanId: root.spanId }),
      start: times.start,
      // Clocks of boxes differ.
      end: Math.max(times.start, times.end),
      attributes: { ...attributesOf(uow), ...attributes },
      error,
    });
  };
  return {
    /** What the run of the unit's attempt hands on, as `traceparent` of W3C Trace Context. */
    traceparent: (uow: UowRecord): string => `00-${ids.root(uow).traceId}-${ids.part(uow, 'run')}-01`,
    /** It was stored, for workers to claim. */
    request: (uow: UowRecord, at: number): void => tell(uow, 'request', { start: uow.createdAt, end: at }),
    /** A worker has claimed it, which it waited for since it was asked for or handed out again. */
    claim: (uow: UowRecord): void => {
      const start = uow.attempt === 1 ? uow.createdAt : uow.submittedAt;
      tell(uow, 'claim', { start, end: uow.startedAt ?? start });
    },
    run: (uow: UowRecord, { at, event, error }: RunEnd): void =>
      tell(uow, 'run', {
        start: uow.startedAt ?? at,
        end: at,
        error: event === 'fail' || event === 'repost' ? (error ?? event) : null,
        attributes: { 'synergy.event': event },
      }),
    /** The store has answered a report. */
    report: (uow: UowRecord, times: Pick<Span, 'start' | 'end'>, verdict: 'applied' | 'rejected'): void =>
      tell(uow, 'report', {
        ...times,
        error: verdict === 'rejected' ? 'the report came too late' : null,
        attributes: { 'synergy.verdict': verdict },
      }),
    /** What follows for its job is stored. */
    job: (uow: UowRecord, at: number): void => tell(uow, 'job', { start: uow.finishedAt ?? at, end: at }),
    /** It is finished. */
    unit: (uow: UowRecord): void =>
      tell(uow, 'unit', {
        start: uow.createdAt,
        end: uow.finishedAt ?? uow.createdAt,
        error: uow.state === 'CANCELED' ? (uow.error ?? 'canceled') : null,
        attributes: { 'synergy.state': uow.state },
      }),
  };
};

export type UnitTracer = ReturnType<typeof createUnitTracer>;
