/** What a log line carries beside its message: ids and figures, never secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where services write what happens to them: one line per event. The root hands in the real one. */
export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
