import { COLLECTOR_QUEUE } from '../domain/model/queue-name.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Fault } from './faults.ts';
import { connect } from './network.ts';
import type { Connections, Network } from './network.ts';
import { schedulerMain, workerMain } from './processes.ts';
import type { Main, MainOptions } from './processes.ts';
import type { Life } from './world.ts';

/** A scheduler at work, as far as it knows itself. */
export interface ActiveScheduler {
  readonly scheduler: Scheduler;
  readonly life: Life;
}

/** The processes of a run, their supervisor, and what happens to them. */
export interface Cluster {
  start(): void;
  /** Kills a process; its supervisor releases its leases unless the box went with it, and starts it again. */
  crash(life: Life, box?: 'box-lost'): void;
  /** It stands still for so many ms. */
  stall(life: Life, length: number): void;
  /** Does to the process that it names what a fault says. */
  suffer(fault: Fault): void;
  /** Lets those that stand still go on. */
  wake(): void;
  leader(): ActiveScheduler | undefined;
  /** It lives, and has never stood still. `name`: of a life. */
  isUnharmed(name: string): boolean;
  /** Instants, ms, at which lives ended, by their names. */
  readonly deaths: ReadonlyMap<string, number>;
  readonly names: readonly string[];
}

type Kind = 'scheduler' | 'worker';

/** A process that is started again whenever its life ends. */
interface Member {
  readonly name: string;
  readonly kind: Kind;
  lives: number;
  life: Life | undefined;
  connections: Connections | undefined;
  /** Asks it to end; undefined while it is not at work. */
  stop: (() => Promise<void>) | undefined;
}

/** How soon a supervisor starts a process again, and releases the leases of one that is gone, ms. */
const RESTART = 300;
const RELEASE = 50;
/** Pause of a supervisor whose store does not answer, ms. */
const AGAIN = 1_000;

/** What the supervisor does about the leases of a worker that is gone: releases them, and calls the collector. */
const createRelease = ({ world, store, queue, isAway }: Network): ((owner: string) => void) => {
  const later = (delay: number, owner: string): void => {
    world.after(delay, { label: 'release', detail: () => owner, run: () => release(owner) });
  };
  const release = (owner: string): void => {
    if (isAway('store') || isAway('queue')) return later(AGAIN, owner);
    store.releaseLeases(owner);
    queue.publish(COLLECTOR_QUEUE, [owner]);
  };
  return (owner) => later(RELEASE, owner);
};

const membersOf = (kind: Kind, count: number): Member[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `${kind}-${index + 1}`,
    kind,
    lives: 0,
    life: undefined,
    connections: undefined,
    stop: undefined,
  }));

class VirtualCluster implements Cluster {
  readonly names: readonly string[];
  readonly deaths = new Map<string, number>();
  readonly #network: Network;
  readonly #members: readonly Member[];
  readonly #mains: Readonly<Record<Kind, Main>>;
  readonly #release: (owner: string) => void;
  #leader: ActiveScheduler | undefined;

  constructor(options: MainOptions) {
    const { network, workload } = options;
    this.#network = network;
    this.#release = createRelease(network);
    this.#members = [
      ...membersOf('scheduler', workload.schedulers),
      ...membersOf('worker', workload.workers),
    ];
    this.names = this.#members.map(({ name }) => name);
    this.#mains = {
      scheduler: schedulerMain(options, {
        onLeading: (scheduler, life) => (this.#leader = { scheduler, life }),
        onDeposed: (life) => this.crash(life),
      }),
      worker: workerMain(options),
    };
  }

  start(): void {
    for (const member of this.#members) this.#begin(member);
  }

  crash(life: Life, box?: 'box-lost'): void {
    const { world } = this.#network;
    const member = this.#members.find((each) => each.life === life);
    if (member === undefined || !life.alive) return;
    world.note(() => `${life.name} ends`);
    life.alive = false;
    this.deaths.set(life.name, world.clock.now());
    member.stop = undefined;
    member.connections?.cut();
    if (this.#leader?.life === life) this.#leader = undefined;
    if (member.kind === 'worker' && box === undefined) this.#release(life.name);
    world.after(RESTART, {
      label: 'start again',
      detail: () => member.name,
      run: () => this.#begin(member),
    });
  }

  suffer({ kind, amount, where }: Fault): void {
    const member = this.#members.find(({ name }) => name === where);
    const life = member?.life;
    if (member === undefined || life === undefined) return;
    if (kind === 'kill') this.crash(life);
    if (kind === 'box-lost') this.crash(life, 'box-lost');
    if (kind === 'restart') this.#askToStop(member, life);
    if (kind === 'pause') this.stall(life, amount);
  }

  stall(life: Life, length: number): void {
    const { world } = this.#network;
    if (life.paused) return;
    world.pause(life);
    world.after(length, { label: 'go on', detail: () => life.name, run: () => world.resume(life) });
  }

  wake(): void {
    for (const { life } of this.#members) if (life !== undefined) this.#network.world.resume(life);
  }

  leader(): ActiveScheduler | undefined {
    return this.#leader;
  }

  isUnharmed(name: string): boolean {
    const life = this.#members.find((member) => member.life?.name === name)?.life;
    return life?.alive === true && !life.paused && life.wokeAt === 0;
  }

  #begin(member: Member): void {
    const life: Life = { name: `${member.name}.${++member.lives}`, alive: true, paused: false, wokeAt: 0 };
    member.life = life;
    const run = (): void => {
      member.connections = connect(this.#network, life);
      this.#mains[member.kind](life, member.connections).then(
        (stop) => {
          if (life.alive) member.stop = stop;
        },
        // A start that fails ends the process.
        (error: unknown) => {
          this.#network.world.note(() => `could not start: ${String(error)}`);
          this.crash(life);
        },
      );
    };
    this.#network.world.after(0, { life, label: 'start', run });
  }

  #askToStop({ stop }: Member, life: Life): void {
    if (stop === undefined) return this.crash(life);
    const end = (): void => this.crash(life);
    this.#network.world.after(0, { life, label: 'asked to stop', run: () => void stop().then(end, end) });
  }
}

export const createCluster = (options: MainOptions): Cluster => new VirtualCluster(options);
