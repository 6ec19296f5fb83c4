const LINES_PER_ATTEMPT = 1_000_000_000;

/** Sequence of a line of captured output: every attempt's lines stand after those of the attempts before. */
export const logSequence = (attempt: number, line: number): number => attempt * LINES_PER_ATTEMPT + line;

/** The number of a line within its attempt. */
export const lineOfSequence = (sequence: number): number => sequence % LINES_PER_ATTEMPT;
