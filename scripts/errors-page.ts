import { errorCodes } from '../domain/errors.ts';

const head = `# Errors

<!-- Made by \`npm run docs\` from domain/errors.ts: change that, not this. -->

Every error that is raised on purpose carries one of these codes; the message says what was expected, what was given
and what to do. On the command line it is one line and the exit code 1 (2 for a command line that cannot be
understood); in the HTTP API the code stands in the answer.

| code | meaning |
|---|---|
`;

/** The page about all error codes, as Markdown. */
export const errorsPage = (): string =>
  head +
  Object.entries(errorCodes)
    .map(([code, meaning]) => `| \`${code}\` | ${meaning} |\n`)
    .join('');
