/** Failures within this time count towards the start limit; a run of this length is healthy. Milliseconds. */
const FAILURE_WINDOW = 60_000;
/** So many failures within the window mark a service as failed, until it has a healthy run or a user asks for it. */
const START_LIMIT = 5;
const FIRST_DELAY = 1000;
export const LONGEST_DELAY = 60_000;
/** Pause before a service is started again that found a server away: short, so that it is there soon after it. */
const OUTAGE_DELAY = 2000;

/** What the supervisor knows of one service. Instants are ms. */
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

/** What is to be done about a service now. */
export const decide = (service: ServiceState, now: number): 'start' | 'stop' | 'nothing' => {
  if (service.desired === 'off') return service.phase === 'running' ? 'stop' : 'nothing';
  if (service.phase === 'stopped') return 'start';
  // Further ahead than can be: the clock was set back.
  const isTime = now >= service.restartAt || service.restartAt - now > LONGEST_DELAY;
  return isWaiting(service) && isTime ? 'start' : 'nothing';
};

/** After a request of a user: earlier failures no longer count. */
export const afterDesiredState = (service: ServiceState, desired: 'on' | 'off'): ServiceState => ({
  ...service,
  desired,
  failures: [],
  streak: 0,
  phase: isWaiting(service) ? 'stopped' : service.phase,
});

export const afterStart = (service: ServiceState, now: number): ServiceState => ({
  ...service,
  phase: 'running',
  restarts: service.startedAt === null ? 0 : service.restarts + 1,
  startedAt: now,
});

/** Back-off before restart number `streak`: at once, then 1 s doubling to 60 s. */
const delayOf = (streak: number): number =>
  streak === 1 ? 0 : Math.min(FIRST_DELAY * 2 ** (streak - 2), LONGEST_DELAY);

/** After a process that an earlier supervisor began was taken over. */
export const afterAdoption = (
  service: ServiceState,
  { startedAt, restarts, lastExit }: Pick<ServiceState, 'startedAt' | 'restarts' | 'lastExit'>,
): ServiceState => ({ ...service, phase: 'running', startedAt, restarts, lastExit });

/** How a service's process ended. */
export interface Exit {
  /** In words. */
  readonly how: string;
  /** A server that it needs was away: no fault of its own, and no reason to ever give up. */
  readonly outage: boolean;
  /** Units of work that it held; 0 also when that cannot be found out. */
  readonly held: number;
}

/**
 * After the end of the service's process. An unrequested exit counts as a failure of the service, unless it held units of
 * work: then their crash counters are charged, and each may crash a few times before it is quarantined.
 */
export const afterExit = (service: ServiceState, now: number, { how, outage, held }: Exit): ServiceState => {
  if (service.phase === 'stopping') return { ...service, phase: 'stopped', lastExit: how };
  if (outage) return { ...service, phase: 'backing-off', restartAt: now + OUTAGE_DELAY, lastExit: how };
  if (held > 0) return { ...service, phase: 'backing-off', restartAt: now, lastExit: how };
  const healthy = service.startedAt !== null && now - service.startedAt >= FAILURE_WINDOW;
  const streak = healthy ? 1 : service.streak + 1;
  const stillFails = !healthy && service.failures.length >= START_LIMIT;
  const failures = stillFails
    ? service.failures
    : [...service.failures.filter((at) => Math.abs(now - at) < FAILURE_WINDOW), now];
  const failed = failures.length >= START_LIMIT;
  return {
    ...service,
    failures,
    streak,
    phase: failed ? 'failed' : 'backing-off',
    restartAt: now + (failed ? LONGEST_DELAY : delayOf(streak)),
    lastExit: how,
  };
};
