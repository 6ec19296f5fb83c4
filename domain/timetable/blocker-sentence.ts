import type { JobState } from '../machine/job-machine.ts';
import type { Blocker, BlockerKind } from './blocker.ts';

const time = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;
const at = (instant: number | undefined): string =>
  instant === undefined ? 'an unknown time' : time(instant);

const jobOf = (found: Blocker): string => `${found.processName} ${found.timeperiod} (${found.standing})`;

/** Words about what may be unknown. */
const about = <T>(known: T | undefined, words: (known: T) => string): string =>
  known === undefined ? '' : words(known);

/** Of a job whose period has not begun. */
const begins = ({ until }: Blocker): string => about(until, (begin) => `, which begins at ${time(begin)}`);

const phrases: Readonly<Record<BlockerKind, (found: Blocker) => string>> = {
  'covering-job': (b) => `the job that covers it, ${jobOf(b)}${begins(b)}`,
  child: (b) => `its child ${jobOf(b)}${begins(b)}`,
  dependency: (b) =>
    `its dependency ${jobOf(b)}${begins(b)}` + about(b.detail, (detail) => `, or another (${detail})`),
  'period-open': (b) => `the end of its period at ${at(b.until)}`,
  'start-lag': (b) => `the start lag after its period, until ${at(b.until)}`,
  'source-open': (b) =>
    'its source, which may still receive rows of this period' +
    about(b.until, (watermark) => ` (complete up to ${time(watermark)})`) +
    about(b.detail, (reason) => `, and ${reason}`) +
    about(
      b.detail && b.command,
      (command) => `; when what broke it is mended, start it again with '${command}'`,
    ),
  'process-off': (b) => `its process ${b.processName}, which is off: switch it on`,
  'concurrency-full': (b) => `a free slot: ${jobOf(b)} holds one`,
  'ordered-behind': (b) => `the earlier period ${jobOf(b)}, since the process is ordered`,
  'inputs-redone': (b) => `${jobOf(b)}, which is being redone`,
  'waiting-for-trigger': (b) => `its trigger${about(b.until, (next) => `, next at ${time(next)}`)}`,
  retry: (b) => `its retry at ${at(b.until)}${about(b.detail, (error) => ` after: ${error}`)}`,
  quarantined: (b) =>
    `a person: its unit of work${about(b.unit, (id) => ` ${id}`)} is quarantined` +
    about(b.detail, (error) => ` (${error})`) +
    ': release it when what broke it is mended, or cancel it, which skips the job',
  'waiting-for-worker': (b) => `a worker since ${at(b.since)} (${b.detail ?? 'unit unknown'})`,
  'no-worker': (b) =>
    `a worker, and none runs ${b.processName}${about(b.since, (since) => ` since ${time(since)}`)}` +
    about(b.detail, (reason) => `: ${reason}`) +
    about(b.command, (command) => `; start one with '${command}'`),
  running: (b) => `its worker, running since ${at(b.since)}${about(b.detail, (owner) => ` (${owner})`)}`,
  future: (b) => `its period, which begins at ${at(b.until)}`,
};

/** One blocker in words: "its child SiteHourly 2015060103 (EMBRYO)". */
export const describeBlocker = (found: Blocker): string => phrases[found.kind](found);

/** A root blocker in words, with the job it holds up: "SiteHourly 2015060103 waits for a worker since …". */
export const describeRoot = (found: Blocker): string =>
  `${found.processName} ${found.timeperiod} waits for ${describeBlocker(found)}`;

/** Why a job is not further, in one sentence; at most three blockers are named, the rest counted. */
export const describeBlockers = (state: JobState, blockers: readonly Blocker[]): string => {
  if (blockers.length === 0) return `It is finished: ${state}.`;
  const named = blockers.slice(0, 3).map(describeBlocker);
  const rest = blockers.length - named.length;
  return `It waits for ${named.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}.`;
};
