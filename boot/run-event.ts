/** What the scheduler tells the process that started it. */
export type RunEvent =
  | { readonly kind: 'listening'; readonly address: string }
  /**
   * Of the account that was made since there was none and has no password yet. `link`: where its user sets it, a secret and
   * not for log files; absent while an earlier one is good.
   */
  | { readonly kind: 'first-admin'; readonly name: string; readonly link?: string }
  /** Another scheduler is at work on the store; this one takes over when that is gone. */
  | { readonly kind: 'standing-by' }
  /** Where the dashboard of one that stands by is. */
  | { readonly kind: 'standby-listening'; readonly address: string }
  /** A worker in the foreground is up. */
  | { readonly kind: 'serving'; readonly names: readonly string[] }
  | { readonly kind: 'warning'; readonly text: string }
  /** The first job that finished since the start. */
  | { readonly kind: 'first-job'; readonly job: string }
  | { readonly kind: 'progress'; readonly finished: number; readonly total: number }
  /** `untilDone` is through; `blockers` says what holds up the rest, one line each. */
  | {
      readonly kind: 'done';
      readonly ok: boolean;
      readonly blockers: readonly string[];
      /** Jobs that failed until they were given up; some of them in a line each. */
      readonly givenUp: { readonly count: number; readonly total: number; readonly lines: readonly string[] };
    };

/** The first account, as it is told of. */
export type FirstAdmin = Omit<Extract<RunEvent, { kind: 'first-admin' }>, 'kind'>;

/** What people are told of the first account. */
export const firstAdminText = ({ name, link }: FirstAdmin): string =>
  link === undefined
    ? `first account: ${name}, which has no password yet: open the link that was printed, or print another one with 'synergy user passwd ${name} --link'`
    : `first account: ${name}; set its password within 24 hours at ${link}`;

/** Of a run with `untilDone` that a signal, or \`synergy stop\`, ended. */
export const BROKEN_OFF = 'not done: stopped before every period was finished';

/** Exit code of a run with `untilDone` whose jobs are finished, some of them by giving them up. */
const GIVEN_UP = 3;

/** Exit code of a run that ended with this news. */
export const doneExitCode = ({ ok, givenUp }: Extract<RunEvent, { kind: 'done' }>): number => {
  if (!ok) return 1;
  return givenUp.count === 0 ? 0 : GIVEN_UP;
};
