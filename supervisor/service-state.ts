/** Failures within this time count towards the start limit; a run of this length is healthy. Milliseconds. */
const FAILURE_WINDOW = 60_000;
/** So many failures within the window mark a unit as failed, until it has a healthy run or a person wishes for it. */
const START_LIMIT = 5;
const FIRST_DELAY = 1000;
export const LONGEST_DELAY = 60_000;
/** Pause before a unit is started again that found a server away: short, so that it is there soon after it. */
const OUTAGE_DELAY = 2000;

/** What the supervisor knows of one unit. Instants are ms. */
export interface ServiceState {
  readonly desired: 'on' | 'off';
  readonly phase: 'stopped' | 'running' | 'stopping' | 'backing-off' | 'failed';
  readonly startedAt: number | null;
  /** Earliest next start; of meaning in `backing-off` and `failed` only. */
  readonly restartAt: number;
  /** Instants of the failures within the window. */
  readonly failures: readonly number[];
  /** Failures since the last healthy run. */
  readonly streak: number;
  readonly restarts: number;
  readonly lastExit: string | null;
}

export const newService: ServiceState = {
  desired: 'on',
  phase: 'stopped',
  startedAt: null,
  restartAt: 0,
  failures: [],
  streak: 0,
  restarts: 0,
  lastExit: null,
};

/** Down, and to be started again at `restartAt`: one that failed too often as well, since its trouble may be over by then. */
export const isWaiting = ({ phase }: ServiceState): boolean => phase === 'backing-off' || phase === 'failed';

/** What is to be done about a unit now. */
export const decide = (unit: ServiceState, now: number): 'start' | 'stop' | 'nothing' => {
  if (unit.desired === 'off') return unit.phase === 'running' ? 'stop' : 'nothing';
  if (unit.phase === 'stopped') return 'start';
  // Further ahead than can be: the clock was set back.
  const isTime = now >= unit.restartAt || unit.restartAt - now > LONGEST_DELAY;
  return isWaiting(unit) && isTime ? 'start' : 'nothing';
};

/** After a wish of a person: what happened before is forgiven. */
export const afterDesiredState = (unit: ServiceState, desired: 'on' | 'off'): ServiceState => ({
  ...unit,
  desired,
  failures: [],
  streak: 0,
  phase: isWaiting(unit) ? 'stopped' : unit.phase,
});

export const afterStart = (unit: ServiceState, now: number): ServiceState => ({
  ...unit,
  phase: 'running',
  restarts: unit.startedAt === null ? 0 : unit.restarts + 1,
  startedAt: now,
});

/** Back-off before restart number `streak`: at once, then 1 s doubling to 60 s. */
const delayOf = (streak: number): number =>
  streak === 1 ? 0 : Math.min(FIRST_DELAY * 2 ** (streak - 2), LONGEST_DELAY);

/** After a process that an earlier supervisor began was taken over. */
export const afterAdoption = (
  unit: ServiceState,
  { startedAt, restarts, lastExit }: Pick<ServiceState, 'startedAt' | 'restarts' | 'lastExit'>,
): ServiceState => ({ ...unit, phase: 'running', startedAt, restarts, lastExit });

/** How a unit's process ended. */
export interface Exit {
  /** In words. */
  readonly how: string;
  /** A server that it needs was away: no fault of its own, and no reason to ever give up. */
  readonly outage: boolean;
  /** Units of work that it held; 0 also when that cannot be found out. */
  readonly held: number;
}

/**
 * After the end of the unit's process. Units never end by themselves, so an end unasked for is a failure; but one that
 * held units of work is charged to these: each of them may do so but a few times before it is quarantined.
 */
export const afterExit = (unit: ServiceState, now: number, { how, outage, held }: Exit): ServiceState => {
  if (unit.phase === 'stopping') return { ...unit, phase: 'stopped', lastExit: how };
  if (outage) return { ...unit, phase: 'backing-off', restartAt: now + OUTAGE_DELAY, lastExit: how };
  if (held > 0) return { ...unit, phase: 'backing-off', restartAt: now, lastExit: how };
  const healthy = unit.startedAt !== null && now - unit.startedAt >= FAILURE_WINDOW;
  const streak = healthy ? 1 : unit.streak + 1;
  const stillFails = !healthy && unit.failures.length >= START_LIMIT;
  const failures = stillFails
    ? unit.failures
    : [...unit.failures.filter((at) => Math.abs(now - at) < FAILURE_WINDOW), now];
  const failed = failures.length >= START_LIMIT;
  return {
    ...unit,
    failures,
    streak,
    phase: failed ? 'failed' : 'backing-off',
    restartAt: now + (failed ? LONGEST_DELAY : delayOf(streak)),
    lastExit: how,
  };
};
