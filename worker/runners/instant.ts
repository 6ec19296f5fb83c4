import { completed, failed } from '../reports/outcome.ts';
import type { InstantRunner } from './runner.ts';

const done = completed();

/** Fails the first `times` attempts of every unit, then finishes it, all at once; for tests, drills and benchmarks. */
export const instantRunner = (times: number): InstantRunner => ({
  instant: true,
  run: (attempt) => (attempt <= times ? failed(`attempt ${attempt} fails, as told`) : done),
});
