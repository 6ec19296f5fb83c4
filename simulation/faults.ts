import type { Random } from './random.ts';

/** What may go wrong, and where. `amount` of a fault is in milliseconds, where it has one. */
export const faultKinds = {
  /** A call from a process to the store or the queue. */
  call: {
    refused: 'the server does not take the call',
    failed: 'the server did what was asked, and says that it failed',
    'answer-lost': 'the server did what was asked, and its answer never comes: a time-out',
    'call-lost': 'the call never reaches the server: a time-out',
    slow: 'the call takes its time',
    stall: 'the process stands still while it waits for the answer',
    'crash-before': 'the process dies before it asks',
    'crash-after': 'the process dies after the server did what was asked',
    torn: 'the process dies between the first write of its groups and the rest',
  },
  /** A message that a process publishes. */
  message: {
    'message-lost': 'it is taken and lost',
    'message-twice': 'it is there twice',
    'message-late': 'it is handed out later than those after it',
    'message-garbled': 'beside it there is one that means nothing',
  },
  /** A process, looked at now and then. */
  process: {
    kill: 'it is killed, and started again; the supervisor releases its leases',
    'box-lost': 'it is killed with its box: its leases end by themselves',
    pause: 'it stands still, and goes on as if nothing had happened',
    restart: 'it is asked to stop, and started again',
  },
  /** A server, looked at now and then. */
  server: {
    'store-away': 'the store takes no calls',
    'queue-away': 'the queue takes no calls',
  },
} as const;

export type Site = keyof typeof faultKinds;
export type FaultKind = { [S in Site]: keyof (typeof faultKinds)[S] }[Site];

/** Something that went wrong. */
export interface Fault {
  /** Number of the occasion it took, of all that there were. */
  readonly occasion: number;
  readonly kind: FaultKind;
  /** Milliseconds. */
  readonly amount: number;
  /** Whom or what it hit. */
  readonly where: string;
}

/** How often each of them comes to pass at an occasion of its site; none that is not named. */
export type Rates = Readonly<Partial<Record<FaultKind, number>>>;

export interface Faults {
  /** Whether something goes wrong here and now. Of what cannot happen here, `unless` says so. */
  draw(site: Site, where: string, unless?: (kind: FaultKind) => boolean): Fault | undefined;
  /** From now on nothing goes wrong. */
  stop(): void;
  readonly injected: readonly Fault[];
}

const longest: Readonly<Partial<Record<FaultKind, number>>> = {
  slow: 8_000,
  stall: 60_000,
  'message-late': 90_000,
  pause: 60_000,
  'store-away': 45_000,
  'queue-away': 45_000,
};

/** Highest rates; a seed has most of the kinds, at rates between these and a hundredth of them. */
const highest: Readonly<Record<FaultKind, number>> = {
  refused: 0.02,
  failed: 0.02,
  'answer-lost': 0.01,
  'call-lost': 0.01,
  slow: 0.02,
  stall: 0.06,
  'crash-before': 0.004,
  'crash-after': 0.004,
  torn: 0.2,
  'message-lost': 0.2,
  'message-twice': 0.2,
  'message-late': 0.2,
  'message-garbled': 0.1,
  kill: 0.3,
  'box-lost': 0.2,
  pause: 0.3,
  restart: 0.1,
  'store-away': 0.1,
  'queue-away': 0.1,
};

/** The faults of a seed: not all kinds each time, so that none hides behind another. */
export const drawRates = (random: Random): Rates =>
  Object.fromEntries(
    Object.entries(highest)
      .map(([kind, rate]): [string, number] => [kind, rate * 10 ** random.between(-2, 0)])
      .filter(() => random.chance(0.6)),
  );

/**
 * Draws faults at random; with a `plan`, has exactly those go wrong, each at its occasion. A run goes the same way by
 * the plan of what went wrong in it.
 */
export const createFaults = (random: Random, rates: Rates, plan?: readonly Fault[]): Faults => {
  const planned = plan && new Map(plan.map((fault) => [fault.occasion, fault]));
  const injected: Fault[] = [];
  let occasion = 0;
  let stopped = false;
  const decide = (site: Site, where: string): Fault | undefined => {
    if (planned !== undefined) return planned.get(occasion);
    let left = random.next();
    for (const kind of Object.keys(faultKinds[site]) as FaultKind[]) {
      left -= rates[kind] ?? 0;
      if (left >= 0) continue;
      return { occasion, kind, amount: Math.round((longest[kind] ?? 0) * random.next()), where };
    }
    return undefined;
  };
  return {
    draw: (site, where, unless) => {
      if (stopped) return undefined;
      occasion++;
      const fault = decide(site, where);
      // A plan with less in it may come by here in another way than that it was made from.
      if (fault === undefined || !(fault.kind in faultKinds[site]) || unless?.(fault.kind) === true)
        return undefined;
      injected.push(fault);
      return fault;
    },
    stop: () => {
      stopped = true;
    },
    injected,
  };
};
