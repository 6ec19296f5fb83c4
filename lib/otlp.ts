import type * as Api from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../domain/logger.ts';
import type { SendSpan, Span } from '../domain/span.ts';
import { createRetry } from './retry.ts';
import { within } from './sleep.ts';

/** Spans that wait for the collector; what goes beyond is dropped. */
const MOST_SPANS = 20_000;
const BATCH = 1_000;
/** How long spans are gathered, and how long one request may take, ms. */
const LINGER = 1_000;
const TIMEOUT = 5_000;
/** How long a process that ends waits for its last spans to be taken, ms. */
const FAREWELL = 1_000;

export interface OtlpOptions {
  /** Address of the collector, without the path of the signal. */
  readonly url: string;
  /** Attributes of this process, such as `service.name`. */
  readonly resource: Readonly<Record<string, string>>;
  readonly version: string;
  readonly logger: Logger;
}

/** Sends spans to a collector. */
export interface SpanOutlet {
  readonly send: SendSpan;
  readonly close: () => Promise<void>;
}

/** Seconds and nanoseconds. */
const toHrTime = (ms: number): Api.HrTime => [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];

/** Makes spans as the exporter takes them. */
const createConverter = (api: typeof Api, resource: Resource, version: string) => {
  const common = {
    kind: api.SpanKind.INTERNAL,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'synergy-scheduler', version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
  return ({ name, traceId, spanId, parentSpanId, start, end, attributes, error }: Span): ReadableSpan => {
    const contextOf = (id: string) => ({ traceId, spanId: id, traceFlags: api.TraceFlags.SAMPLED });
    return {
      ...common,
      name,
      attributes,
      spanContext: () => contextOf(spanId),
      ...(parentSpanId !== undefined && { parentSpanContext: contextOf(parentSpanId) }),
      startTime: toHrTime(start),
      endTime: toHrTime(end),
      duration: toHrTime(end - start),
      status:
        error === null
          ? { code: api.SpanStatusCode.UNSET }
          : { code: api.SpanStatusCode.ERROR, message: error },
    };
  };
};

/** The same exporter, whose failures are logged, each reason once. */
const telling = (exporter: SpanExporter, endpoint: string, logger: Logger): SpanExporter => {
  const retry = createRetry(`send traces to ${endpoint}`, logger);
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error === undefined) retry.over();
        else retry.failed(result.error);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
};

/**
 * Sends spans by OTLP over HTTP, as JSON, many at a time; headers are taken from `OTEL_EXPORTER_OTLP_HEADERS`. A collector that
 * is away is logged once and holds up nothing. The libraries are loaded here: a process that sends none is spared them.
 */
export const openOtlp = async ({ url, resource, version, logger }: OtlpOptions): Promise<SpanOutlet> => {
  const [api, { OTLPTraceExporter }, { BatchSpanProcessor }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
  ]);
  const endpoint = `${url.replace(/\/$/, '')}/v1/traces`;
  const processor = new BatchSpanProcessor({
    exporter: telling(new OTLPTraceExporter({ url: endpoint, timeoutMillis: TIMEOUT }), endpoint, logger),
    maxQueueSize: MOST_SPANS,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: LINGER,
  });
  const convert = createConverter(api, resourceFromAttributes(resource), version);
  return {
    send: (span) => processor.onEnd(convert(span)),
    close: () => within(FAREWELL, processor.shutdown()),
  };
};
