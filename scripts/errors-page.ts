import { errorCodes } from '../domain/errors.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { httpErrors, statusOf } from '../mx/http/error-status.ts';
import type { HttpCode } from '../mx/http/error-status.ts';

const head = `# Errors

<!-- Made by \`npm run docs\` from domain/errors.ts and mx/http/error-status.ts: change those, not this. -->

Every error that is raised on purpose carries one of these codes; the message says what was expected, what was given
and what to do. On the command line it is one line and the exit code 1 (2 for a command line that cannot be
understood); in the HTTP API the code stands in the answer, under the status given here. The last ${Object.keys(httpErrors).length} exist over HTTP only.

| code | HTTP | meaning |
|---|---|---|
`;

const row = (code: ErrorCode | HttpCode, meaning: string): string =>
  `| \`${code}\` | ${statusOf(code)} | ${meaning} |\n`;

/** The page about all error codes, as Markdown. */
export const errorsPage = (): string =>
  [
    head,
    ...Object.entries(errorCodes).map(([code, meaning]) => row(code as ErrorCode, meaning)),
    ...Object.entries(httpErrors).map(([code, { meaning }]) => row(code as HttpCode, meaning)),
  ].join('');
