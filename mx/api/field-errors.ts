import type { z } from 'zod';
import type { ErrorCode } from '../../domain/errors.ts';
import { SynergyError } from '../../domain/errors.ts';

/** What is wrong with one field of a body. */
export interface FieldError {
  readonly field: string;
  readonly type: string;
  readonly description: string;
}

/** A body whose fields are wrong. */
export class FieldErrors extends Error {
  readonly fields: readonly FieldError[];

  constructor(fields: readonly FieldError[]) {
    super(fields.map(({ field, description }) => `${field}: ${description}`).join('; '));
    this.fields = fields;
  }
}

/** Reads a body. Throws FieldErrors. */
export const readFields = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new FieldErrors(
    read.error.issues.map(({ path, code, message }) => ({
      ...{ field: path.join('.'), type: code, description: message },
    })),
  );
};

/** Fields that refusals of the product are about. */
const fieldOf: Readonly<Partial<Record<ErrorCode, string>>> = {
  INVALID_SCHEDULE: 'schedule',
  INVALID_TARGET: 'urn',
  TARGET_NOT_ALLOWED: 'urn',
  UNFIT_VALUE: 'payload',
  PASSWORD_UNFIT: 'password',
};

/** The fields that an error is about. Throws the error when it is about none. */
export const fieldErrorsOf = (error: unknown): readonly FieldError[] => {
  if (error instanceof FieldErrors) return error.fields;
  const field = error instanceof SynergyError ? fieldOf[error.code] : undefined;
  if (!(error instanceof SynergyError) || field === undefined) throw error;
  return [{ field, type: error.code.toLowerCase(), description: error.message }];
};
