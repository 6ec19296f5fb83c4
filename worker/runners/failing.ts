import type { FailingWorker } from '../../domain/model/process.ts';
import { completed, failed } from '../reports/outcome.ts';
import type { InstantRunner } from './runner.ts';

/** Fails the first `times` attempts of every unit, then finishes it; for tests and drills. */
export const failingRunner = ({ times = Infinity }: FailingWorker): InstantRunner => ({
  instant: true,
  run: (attempt) => (attempt <= times ? failed(`attempt ${attempt} fails, as told`) : completed()),
});
