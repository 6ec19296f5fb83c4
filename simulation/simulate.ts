import { createCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { Fault } from './faults.ts';
import { createTargets, plantTriggers, withEvents } from './events.ts';
import { missedJobs } from './follow.ts';
import { createHandlers } from './handler.ts';
import { createWitness, isIdle, judge } from './oracle.ts';
import type { OracleFinding } from './finding.ts';
import type { OracleOptions } from './oracle.ts';
import type { Memory } from './store/memory.ts';
import type { Timetable } from '../domain/timetable/timetable.ts';
import { createUsers } from './users.ts';
import type { Users, UsersOptions } from './users.ts';
import { createRandom, hashText } from './random.ts';
import type { Random } from './random.ts';
import { createServers } from './servers.ts';
import type { Mutation, Servers } from './servers.ts';
import { installTimers } from './timers.ts';
import { SOURCE, createRows, createWorkload } from './workload.ts';
import type { Workload } from './workload.ts';
import { createWorld } from './world.ts';
import type { TraceLine, Uncaught, World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** Steps with faults; what it takes to come to rest after them is more. Default 5,000. */
  readonly steps?: number;
  /** What goes wrong, instead of what the seed says. */
  readonly plan?: readonly Fault[];
  /** Steps between two looks at the invariants. Default 1,000; how often one looks changes nothing else. */
  readonly look?: number;
  readonly onTrace?: (line: TraceLine) => void;
  readonly mutation?: Mutation;
  /** With event triggers beside the rest. */
  readonly events?: boolean;
}

/** How a run went. */
export interface Run {
  readonly seed: number;
  readonly steps: number;
  /** The same for runs that went the same way. */
  readonly digest: number;
  /** Virtual time that passed, ms. */
  readonly passed: number;
  readonly faults: readonly Fault[];
  readonly findings: readonly OracleFinding[];
  readonly counts: { readonly jobs: number; readonly units: number; readonly transitions: number };
}

const STEPS = 5_000;
const LOOK = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How long a cluster without faults gets to come to rest at least, and at most. */
const PEACE = 12 * MINUTE;
const PATIENCE = 90 * MINUTE;
/** Never a whole number of the pauses of a trigger: what fires each minute must not be looked at while it does. */
const LOOK_AGAIN = 67_300;

/** Everything of one run. */
interface Stage {
  readonly world: World;
  readonly servers: Servers;
  readonly cluster: Cluster;
  readonly people: Users;
  readonly oracle: OracleOptions;
  readonly findings: OracleFinding[];
  /** From now on nothing goes wrong. */
  readonly heal: () => void;
  readonly restore: () => void;
}

const deathOf = ({ life, error }: Uncaught): OracleFinding => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { rule: 'uncaught', text: `${life?.name ?? 'a server'}: ${text}`, entities: [] };
};

/** Whatever keeps a worker from renewing its leases, or from hearing that it won them. */
const isExcused = (owner: string, cluster: Cluster, { faults }: Servers): boolean =>
  !cluster.isUnharmed(owner) ||
  faults.injected.some(({ kind, where }) => kind === 'store-away' || where.startsWith(`${owner} store.`));

/** The workload of a seed, with event triggers where they are asked for. */
const drawWorkload = (random: Random, events: boolean): Workload => {
  const workload = createWorkload(random.fork('workload'));
  if (!events) return workload;
  const { context, deployed } = workload;
  return {
    ...workload,
    context: withEvents(context),
    deployed: { ...deployed, context: withEvents(deployed.context) },
  };
};

/** What users do is drawn by it. */
const drawUsers = (random: Random, events: boolean): Pick<UsersOptions, 'random' | 'triggers'> => ({
  random: random.fork('people'),
  triggers: events ? random.fork('trigger commands') : undefined,
});

/** Finds jobs that a scheduler missed while it followed another one. */
const createOnFollowed =
  (memory: Memory, findings: OracleFinding[]) =>
  (timetable: Timetable): void => {
    for (const { entity, recorded, followed } of missedJobs(memory, timetable))
      findings.push({
        rule: 'a standby follows',
        text: `${entity}: expected ${recorded}, as its record says, found ${followed} in the timetable that was followed`,
        entities: [entity],
      });
  };

const setStage = ({ seed, plan, onTrace, mutation = {}, events = false }: SimulationOptions): Stage => {
  const random = createRandom(seed);
  const workload = drawWorkload(random, events);
  const findings: OracleFinding[] = [];
  const world = createWorld({
    start: workload.begin,
    trace: onTrace,
    onUncaught: (uncaught) => {
      findings.push(deathOf(uncaught));
      if (uncaught.life !== undefined) cluster.crash(uncaught.life);
    },
  });
  const witness = createWitness(world.clock);
  const servers = createServers({
    ...{ world, random, plan, mutation },
    crash: (life) => cluster.crash(life),
    stall: (life, length) => cluster.stall(life, length),
    onAnswer: witness.onAnswer,
  });
  const { network, memory, triggers } = servers;
  network.store.data.appendRows(SOURCE, createRows(random.fork('rows'), workload));
  let isSound = false;
  const surroundings = { world, seed, sightings: witness.sightings, isSound: () => isSound };
  const handlers = createHandlers({ ...surroundings, crash: network.crash });
  if (events) plantTriggers(network, random.fork('triggers'));
  const deliveries = createTargets(world, random.fork('targets'), findings);
  const worker = { ...(events && { deliveries }), ...mutation.worker };
  const onFollowed = createOnFollowed(memory, findings);
  const cluster: Cluster = createCluster({ network, workload, handlers, worker, onFollowed });
  const people = createUsers({ network, cluster, workload, memory, ...drawUsers(random, events) });
  servers.disturb(cluster);
  return {
    ...{ world, servers, cluster, people, findings },
    oracle: {
      ...{ memory, triggers, workload, witness, deaths: cluster.deaths },
      isExcused: (owner) => isExcused(owner, cluster, servers),
    },
    heal: () => {
      isSound = true;
      servers.heal();
      cluster.wake();
    },
    restore: installTimers(world, random.fork('chance')),
  };
};

/** Runs with faults, looking at the invariants now and then, until they are over or something is wrong. */
const disturbedTime = async (
  { world, findings, oracle }: Stage,
  { steps: last = STEPS, look = LOOK }: SimulationOptions,
): Promise<void> => {
  while (world.steps() < last && findings.length === 0) {
    const next = Math.min(last, world.steps() + look);
    await world.run(() => world.steps() >= next || findings.length > 0);
    findings.push(...(judge(oracle, world.clock.now()) ?? []));
  }
};

/** What is found may be nothing but late, as long as there is time. */
const isLate = ({ rule }: OracleFinding): boolean => rule.startsWith('11 ') || rule.startsWith('13 ');

/** Runs without faults until everything has come to rest, and judges it. */
const peacefulTime = async ({ world, findings, oracle, people }: Stage): Promise<void> => {
  const { clock } = world;
  const soundSince = clock.now();
  for (let next = soundSince + PEACE; findings.length === 0; next += LOOK_AGAIN) {
    people.tidyUp();
    await world.run(() => clock.now() >= next || findings.length > 0);
    const isOver = next > soundSince + PATIENCE;
    // What an hour brings is not over in its first minutes.
    if (clock.now() % HOUR < PEACE || (!isOver && !isIdle(oracle.memory))) continue;
    const found = judge(oracle, clock.now(), soundSince) ?? [];
    if (!isOver && found.length > 0 && found.every(isLate)) continue;
    findings.push(...found);
    return;
  }
};

/** Runs one seed. The same options give the same run. */
export const simulate = async (options: SimulationOptions): Promise<Run> => {
  const stage = setStage(options);
  const { world, servers, findings } = stage;
  const { memory, faults } = servers;
  const begin = world.clock.now();
  const undo = options.mutation?.patch?.();
  try {
    stage.cluster.start();
    stage.people.begin();
    await disturbedTime(stage, options);
    if (findings.length === 0) {
      stage.heal();
      await peacefulTime(stage);
    }
  } finally {
    undo?.();
    stage.restore();
  }
  return {
    seed: options.seed,
    steps: world.steps(),
    digest: hashText(JSON.stringify(memory.journal), world.digest()),
    passed: world.clock.now() - begin,
    faults: faults.injected,
    findings,
    counts: { jobs: memory.jobs.size, units: memory.units.size, transitions: memory.journal.length },
  };
};
