import { SynergyError, errorCodes } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { CommandRecord } from '../../domain/model/record.ts';

const isCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(errorCodes, code);

/** The record of a command that was not refused. One that was, and is sent again, is refused in the same words. */
export const accepted = (record: CommandRecord): CommandRecord => {
  if (record.state !== 'refused') return record;
  const { code, message } = record.result ?? {};
  const reason = typeof message === 'string' ? message : 'the command was refused when it was sent first';
  throw new SynergyError(isCode(code) ? code : 'CONFLICT', reason);
};
