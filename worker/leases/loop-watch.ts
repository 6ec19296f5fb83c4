import type { WorkerStore } from '../../db/store.ts';
import type { FactStore } from '../../db/collections.ts';
import type { Clock } from '../../domain/clock.ts';
import { logSequence } from '../../domain/model/log-sequence.ts';
import type { LogRecord } from '../../domain/model/record.ts';
import { formatDuration } from '../../domain/time/duration.ts';
import type { LeaseBoard } from './lease-board.ts';
import type { Occupant } from './occupancy.ts';
import { sleep, within } from '../../lib/sleep.ts';
import type { Stopwatch } from '../../lib/stopwatch.ts';
import { keepSuspicion } from '../isolation/suspects.ts';

/** Between two looks at the loop, ms. */
const LOOK = 500;
/** A look that comes so late says nothing: the whole process stood still, not its loop alone. */
const LATE = 2 * LOOK;
/** A loop that has not turned for so long is blocked, ms. */
const BLOCKED = 2000;
/** For so long a run may go on when its time limit is over: its signal may just have aborted, ms. */
const SLACK = 1000;
/** Longest wait for the store before a blocked worker is ended all the same, ms. */
const FAREWELL = 3000;
/** Lines of the watch stand after all others of the attempt. */
const LAST_LINE = 999_999_000;

/** What was seen of a loop; instants are ms of the stopwatch. */
export interface LoopSample {
  readonly turns: number;
  /** Since when it shows these. */
  readonly since: number;
  readonly at: number;
}

/** Another look at the loop. */
export const nextSample = (
  before: LoopSample,
  { turns, at }: Pick<LoopSample, 'turns' | 'at'>,
): LoopSample =>
  turns !== before.turns || at - before.at > LATE ? { turns, since: at, at } : { ...before, at };

/** The runs whose time limit is over and that cannot be told so, since the loop is blocked. */
export const overdue = ({ since, at }: LoopSample, occupants: readonly Occupant[]): Occupant[] =>
  at - since < BLOCKED
    ? []
    : occupants.filter(({ limit }) => limit !== undefined && at - limit.endsAt >= SLACK);

export interface LoopWatchOptions {
  readonly store: FactStore & Pick<WorkerStore, 'report' | 'appendLog'>;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly board: Pick<LeaseBoard, 'turns'>;
  readonly owner: string;
  /** A loop that is blocked for so long is told of, ms. */
  readonly tellAfter: number;
  readonly occupants: () => readonly Occupant[];
  /** Tells people, not through the blocked loop. */
  readonly say: (line: string) => void;
  /** Ends this process; its supervisor starts another. */
  readonly endProcess: () => void;
}

const noteOf = ({ id, attempt }: Occupant, line: string, at: number): LogRecord => ({
  parentId: id,
  sequence: logSequence(attempt, LAST_LINE),
  attempt,
  at,
  stream: 'log',
  line,
});

const because = 'its handler blocked the event loop of its worker beyond its time limit';

/** Fails the runs that are over their limit, has their processes run apart from now on, and ends the worker. */
const replaceWorker = async (options: LoopWatchOptions, over: readonly Occupant[]): Promise<void> => {
  const { store, clock, owner, say, endProcess } = options;
  const now = clock.now();
  const names = [...new Set(over.map(({ processName }) => processName))];
  const ids = over.map(({ id }) => id).join(', ');
  say(`the event loop is blocked and the time limit of ${ids} is over: this worker is replaced`);
  const line = 'the event loop of the worker is blocked: the worker is replaced, and this process runs apart';
  const work = Promise.allSettled([
    ...names.map((name) => keepSuspicion(store, name, { at: now, because })),
    store.appendLog(over.map((each) => noteOf(each, line, now))),
  ]).then(() =>
    store.report(
      owner,
      over.flatMap(({ limit }) => limit?.report ?? []),
      now,
    ),
  );
  await within(
    FAREWELL,
    work.catch(() => undefined),
  );
  endProcess();
};

/**
 * Watches the event loop of the worker from another thread, until `signal` aborts. A handler that blocks it holds up
 * everything in this process, and no time limit can be told it: the limit is kept by replacing the worker.
 */
export const watchLoop = async (options: LoopWatchOptions, signal: AbortSignal): Promise<void> => {
  const { board, stopwatch, clock, store, occupants, tellAfter, say } = options;
  let sight: LoopSample = { turns: board.turns(), since: stopwatch(), at: stopwatch() };
  let toldOf: number | undefined;
  const tell = (inside: readonly Occupant[]): void => {
    const line = `the event loop of the worker has been blocked for ${formatDuration(tellAfter)}`;
    say(`${line}, by one of: ${inside.map(({ id }) => id).join(', ')}`);
    const notes = inside.map((each) => noteOf(each, line, clock.now()));
    store.appendLog(notes).catch(() => undefined);
  };
  while (!signal.aborted) {
    await sleep(LOOK, signal);
    const inside = occupants();
    const seen = { turns: board.turns(), at: stopwatch() };
    sight = inside.length === 0 ? { ...seen, since: seen.at } : nextSample(sight, seen);
    const over = overdue(sight, inside);
    if (over.length > 0) return replaceWorker(options, over);
    if (sight.at - sight.since < tellAfter || toldOf === sight.since) continue;
    toldOf = sight.since;
    tell(inside);
  }
};
