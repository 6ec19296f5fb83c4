import { SynergyError } from '../../domain/errors.ts';
import type { CommandKind } from '../../scheduler/commands/command-table.ts';
import { requestSchema } from '../../scheduler/commands/check-command.ts';
import type { ClientRequest } from '../../scheduler/commands/check-command.ts';
import { readInput } from '../http/input.ts';
import type { FormFields } from './command-dialog.ts';
import { readInstant } from './read-instant.ts';

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new SynergyError(
      'INVALID_ARGUMENT',
      `arguments are not JSON: ${(error as Error).message}; expected an object such as {"depth": 3}`,
    );
  }
};

const readOn = (text: string): boolean => {
  if (text !== 'true' && text !== 'false')
    throw new SynergyError('INVALID_ARGUMENT', `'on' is '${text}': expected true or false`);
  return text === 'true';
};

/** A command out of the fields of a dialog's form. What was emptied is empty: of arguments, an object without fields. */
export const readForm = (kind: CommandKind, fields: FormFields): ClientRequest => {
  const { on, arguments: given, from, to, ...rest } = fields;
  return readInput(
    requestSchema,
    {
      kind,
      ...rest,
      ...(on !== undefined && { on: readOn(on) }),
      ...(from !== undefined && { from: readInstant(from) }),
      ...(to !== undefined && { to: readInstant(to) }),
      // Who finds it paused reads why.
      ...(kind === 'pause-trigger' && { note: rest['note'] ?? rest['reason'] ?? '' }),
      ...(given !== undefined && { arguments: parseJson(given.trim() === '' ? '{}' : given) }),
    },
    'body',
  );
};
