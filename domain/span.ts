/** Something that took time, as tracing tells it (OpenTelemetry). Instants are milliseconds since 1970, UTC. */
export interface Span {
  readonly name: string;
  /** 32 hexadecimal digits, the same of all spans that belong together. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** The span that it is a part of; absent in the root. */
  readonly parentSpanId?: string;
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Why it failed; null when it did not. */
  readonly error: string | null;
}

/** Takes a span: at once, and whatever becomes of it. */
export type SendSpan = (span: Span) => void;
