/** Traffic of one period. */
export interface TrafficPoint {
  readonly timeperiod: string;
  readonly requests: number;
  readonly visitors: number;
  readonly bytes: number;
}

/** Results of the demo suite, as its page shows them. Points in order of time, periods without requests left out. */
export interface TrafficData {
  readonly hourly: readonly TrafficPoint[];
  readonly daily: readonly TrafficPoint[];
  /** Busiest clients, busiest first. */
  readonly clients: readonly { readonly client: string; readonly requests: number; readonly bytes: number }[];
  /** Lines read of an access log; null where none is read. */
  readonly lines: number | null;
  readonly malformed: number | null;
}
