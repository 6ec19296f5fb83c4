import { SynergyError } from '../../domain/errors.ts';
import { checkJson, jsonLimits } from '../../domain/model/json-check.ts';
import type { JsonObject } from '../../domain/model/process.ts';

/** Arguments as a command line gives them. Throws `INVALID_ARGUMENT` unless they are a JSON object, `UNFIT_VALUE`. */
export const readArguments = (text: string): JsonObject => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    checkJson(value, jsonLimits.arguments, '--arguments');
    return value as JsonObject;
  }
  throw new SynergyError(
    'INVALID_ARGUMENT',
    `arguments '${text}': expected a JSON object such as '{"days": 7}'`,
  );
};
