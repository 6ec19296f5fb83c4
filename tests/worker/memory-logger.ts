import type { LogFields, Logger } from '../../domain/logger.ts';

/** What a host logged. */
export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export const memoryLogger = (): Logger & { readonly lines: LoggedLine[] } => {
  const lines: LoggedLine[] = [];
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
};
