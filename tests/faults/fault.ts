import type { Addresses, Detour, Servers } from './servers.ts';
import type { Workload } from './workload.ts';
import type { World } from './world.ts';

/** What the product stands on: its own files, or MongoDB and RabbitMQ. */
export const places = ['embedded', 'servers'] as const;
export type Place = (typeof places)[number];

/** `short` is what runs with every change, `long` takes its time. */
export type Form = 'short' | 'long';

/** A fault that struck and was healed. */
export interface Injection {
  /** From the healing until the work concerned moved again, ms. */
  readonly recovery: number;
  /** What shows that the fault bit. */
  readonly proof: string;
}

/** A kind of fault and how a running system is made to suffer it. */
export interface Fault {
  /** As it is named on the command line and in the table. */
  readonly name: string;
  /** What it does, in one line. */
  readonly what: string;
  readonly on: readonly Place[];
  /** Where the short form leaves it out, since it says little more there than elsewhere. */
  readonly longOnly?: readonly Place[];
  /** Longest recovery that passes, ms. */
  readonly bound: number;
  /** How often it is injected, at most. */
  readonly times: Readonly<Record<Form, number>>;
  /** The work it strikes; none when the fault brings processes of its own. */
  work?(form: Form, place: Place): Workload;
  /** Why it cannot be injected on this machine; undefined when it can. */
  whyNot?(place: Place, servers: Servers | undefined): string | undefined;
  /** Readies a world before it starts; what comes back is done when it is closed. */
  prepare?(world: World): () => void;
  /** Variables for every process of the world. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How far ahead the clock may have been told wrong, ms: what it then seemed to be time for is left out of account. */
  readonly lie?: number;
  /** Puts something between the world and its servers. */
  readonly detour?: (direct: Addresses, servers: Servers) => Promise<Detour>;
  /** Injects it once, heals it and waits until the work concerned moves again. Throws when it did not bite. */
  inject(world: World, form: Form): Promise<Injection>;
  /** Whether there is nothing left to strike; asked before every injection. */
  isOver?(world: World): Promise<boolean>;
  /** What is broken, beyond what is judged after every fault; asked when all work has ended. */
  verify?(world: World, injections: readonly Injection[]): Promise<readonly string[]>;
}

/** A fault that did not bite proves nothing: its row fails. */
export const bit = (condition: boolean, otherwise: string): void => {
  if (!condition) throw new Error(`the fault did not bite: ${otherwise}`);
};
