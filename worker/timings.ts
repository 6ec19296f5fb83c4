/** Durations the worker host works by, in milliseconds. */
export interface WorkerTimings {
  /** How long a claim or a renewal holds a unit. */
  readonly lease: number;
  /** Between renewals; a cancellation is noticed within one. */
  readonly heartbeat: number;
  /** A message taken and not acknowledged for so long is handed out again. */
  readonly visibility: number;
  /** Between asking a run to end and killing it. */
  readonly killGrace: number;
  /** Between two updates of a unit's progress. */
  readonly progress: number;
  /** For captured lines to come together. */
  readonly logLinger: number;
}

/** Design 20, "One unit of work, step by step". */
export const workerTimings: WorkerTimings = {
  lease: 15_000,
  heartbeat: 5000,
  visibility: 30_000,
  killGrace: 5000,
  progress: 500,
  logLinger: 100,
};
