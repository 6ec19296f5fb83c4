/**
 * What a sound ledger never breaks, by the numbers that tests and documents use. `reads`: what each is judged by, in
 * the store unless it says otherwise; `docs/guarantees.md` prints it.
 */
export const invariants = {
  1: {
    title: 'consecutive versions',
    reads: 'the journal: every row follows the one before it and is an edge of the machine',
  },
  2: {
    title: 'one job per period',
    reads: 'jobs: no two of one process and period; managed units: each is named after its job and sequence',
  },
  3: {
    title: 'journaled',
    reads:
      'jobs, units and entries against the last row of their journal, both ways; entries against their last unit; from the caller: mutations that were acknowledged',
  },
  4: {
    title: 'one terminal state',
    reads:
      'the journal; when all work is said to be done, also that no unit but quarantined ones, and those of periods that are not over, is unfinished',
  },
  5: {
    title: 'fenced reports',
    reads:
      'attempts in the journal and in the units, rejected reports, holders of running units; from the caller: answers that workers got',
  },
  6: { title: 'one unfinished unit', reads: 'managed units' },
  7: {
    title: 'rising epochs',
    reads:
      'the journal: per entity, and over all rows that are not of workers (which write under the epoch of their unit), and the records of units',
  },
  8: {
    title: 'no overlapping runs',
    reads:
      'the journal against captured output: a replaced attempt writes no line later than the kill grace; from the caller: when attempts were seen to run',
  },
  9: { title: 'processed by its unit', reads: 'PROCESSED jobs and their units' },
  10: {
    title: 'inputs as recorded',
    reads:
      'the input versions that jobs recorded, against the journal; with the context: that blocking inputs were finished at these versions',
  },
  11: {
    title: 'periods of the timetable',
    reads:
      'jobs against a plain walk over the calendar, and that a run covers every NOOP one without a unit of its own; from the caller: context, first hour and time of the timetable',
  },
  12: {
    title: 'bounded attempts',
    reads: 'attempts, failures and crashes since the last release; from the caller: limits and the context',
  },
  13: {
    title: 'progress in time',
    reads:
      'what is due in units, jobs and commands, of processes that are on, and that no unit waits for an instant further ahead than firings are prepared; from the caller: since when a scheduler is at work undisturbed, or that all work is done',
  },
  14: {
    title: 'live leases',
    reads:
      'leases of units; from the caller: the child processes that run (what was signalled is not judged here)',
  },
  15: {
    title: 'one record per command',
    reads:
      'commands against the journal: what a person changed has its command, what a command did is journaled',
  },
  16: { title: 'no secrets', reads: 'every text of every table; from the caller: the secrets' },
  // The numbers between are those of flows, rollouts and event triggers, which are to come.
  23: {
    title: 'history that must stay',
    reads:
      'the units that jobs name; of every job as many units as it had, but those that retention has on record; the newest rows of each journal that retention cut',
  },
} as const satisfies Readonly<Record<number, { readonly title: string; readonly reads: string }>>;

/** Number of an invariant. */
export type Invariant = keyof typeof invariants;

export const invariantNumbers = Object.keys(invariants).map(Number) as readonly Invariant[];

/** One breach, with the entity it was found on. */
export interface Violation {
  readonly invariant: Invariant;
  readonly title: string;
  /** `process/timeperiod` of a job, id of a unit of work or of a command, name of a table. */
  readonly entity: string;
  readonly expected: string;
  readonly found: string;
  /** Further jobs and units it rests on. */
  readonly about: readonly string[];
}

/** An invariant that could not be judged, or not in full, and what was lacking. */
export interface Unjudged {
  readonly invariant: Invariant;
  readonly title: string;
  readonly because: string;
}

/** A violation in one line. */
export const violationText = ({ invariant, title, entity, expected, found }: Violation): string =>
  `${invariant} ${title}: ${entity}: expected ${expected}, found ${found}`;
