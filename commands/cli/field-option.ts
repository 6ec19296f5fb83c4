import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { readValue } from '../../lib/read-value.ts';

/** An option that gives an argument of a command: its help, its choices and its check are those of the API. */
export const fieldOption = (flags: string, field: z.ZodType, fallback?: string): Option => {
  const { description = '' } = field;
  const option = new Option(
    flags,
    fallback === undefined ? description : `${description} (default: "${fallback}")`,
  );
  if (field instanceof z.ZodEnum) return option.choices(field.options.map(String));
  return option.argParser((text) => {
    const read = readValue(field, text);
    if ('problem' in read) throw new InvalidArgumentError(read.problem);
    return read.value;
  });
};
