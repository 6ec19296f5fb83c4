import { HttpError } from './problem.ts';

/** The entity tag of a thing at a version, as `ETag` gives it and `If-Match` takes it. */
export const tagOf = (version: number): string => `"${version}"`;

/** The version that a header `If-Match` asks for; undefined for any. Throws BAD_REQUEST. */
const versionOf = (header: string | undefined): number | undefined => {
  if (header === undefined || header.trim() === '*') return undefined;
  const [, digits] = /^\s*"(\d{1,15})"\s*$/.exec(header) ?? [];
  if (digits === undefined)
    throw new HttpError(
      'BAD_REQUEST',
      `If-Match is ${header}: expected the ETag that was read, such as "3", or *`,
    );
  return Number(digits);
};

/** The body of a command with the version that the header `If-Match` asks for. Throws BAD_REQUEST when the body names another. */
export const withVersion = (body: unknown, header: string | undefined): unknown => {
  const version = versionOf(header);
  if (version === undefined || typeof body !== 'object' || body === null) return body;
  const { expectedVersion = version } = body as { expectedVersion?: unknown };
  if (expectedVersion !== version)
    throw new HttpError(
      'BAD_REQUEST',
      `If-Match is ${tagOf(version)} and 'expectedVersion' is another: send one of them, or both alike`,
    );
  return { ...body, expectedVersion };
};
