/** Durations the worker host works by, in milliseconds. Design 20, "One unit of work, step by step". */
export const workerTimings = {
  /** How long a claim or a renewal holds a unit. */
  lease: 15_000,
  /** Between renewals; a cancellation is noticed within one. */
  heartbeat: 5000,
  /** A message taken and not acknowledged for so long is handed out again. */
  visibility: 30_000,
  /** Between asking a run to end and killing it. */
  killGrace: 5000,
  /** Between two updates of a unit's progress. */
  progress: 500,
  /** For captured lines to come together. */
  logLinger: 100,
  /** For reports to come together, and for slots of a process whose slots are mostly taken: each group is a commit. */
  gather: 0,
};

export type WorkerTimings = Readonly<typeof workerTimings>;
