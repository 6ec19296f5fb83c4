import { overlapPolicies } from '../domain/model/process.ts';
import { COMMAND_QUEUE } from '../domain/model/queue-name.ts';
import { createRowCodec } from '../db/row-codec.ts';
import { recordsIn, rowsIn } from './store/collection-rows.ts';
import { commandSpec, freerunSpec, managedSpec } from '../db/collections.ts';
import { isQuarantined } from '../domain/timetable/standing.ts';
import type { Command, CommandKind } from '../scheduler/commands/command-table.ts';
import { commandRecord } from '../scheduler/commands/check-command.ts';
import type { CommandRequest } from '../scheduler/commands/check-command.ts';
import type { Cluster } from './cluster.ts';
import { drawTriggerCommand } from './events.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';
import type { Memory } from './store/memory.ts';
import type { Workload } from './workload.ts';

/** A user who gives commands now and then, over the dashboard or the command line. */
export interface Users {
  /** From now on, at random. */
  begin(): void;
  /** Stops asking, and sees to what only people can: everything is on, and nothing stays in quarantine. */
  tidyUp(): void;
}

export interface UsersOptions {
  readonly network: Network;
  readonly cluster: Cluster;
  readonly workload: Workload;
  readonly memory: Memory;
  readonly random: Random;
  /** Where there are event triggers, what is asked of them is drawn by it. */
  readonly triggers: Random | undefined;
}

/** Between two commands, on average: the busiest and the laziest, ms. */
const PAUSES = [1_000, 5_000, 30_000] as const;

const ACTOR = 'ann';
/** An entry that users add and remove, again and again. */
const OWN_ENTRY = 'own';
/** Users wait for their answers. */
const { signal } = new AbortController();

const some = <T>(random: Random, items: readonly T[]): T | undefined => items[random.below(items.length)];

const kinds = [
  'reprocess',
  'reprocess',
  'skip',
  'cancel-uow',
  'cancel-uow',
  'set-managed',
  'fire-managed',
  'fire-freerun',
  'set-freerun',
  'add-freerun',
  'remove-freerun',
] as const satisfies readonly CommandKind[];

const drawCommand = ({ network, memory, workload, random, triggers }: UsersOptions): Command | undefined => {
  if (triggers?.chance(0.3)) return drawTriggerCommand(triggers, memory, network.world.clock.now());
  const unit = some(random, [...memory.unfinished.values()]);
  // Where something is under way there is more to disturb.
  const job = unit !== undefined && random.chance(0.5) ? unit.uow : some(random, [...memory.jobs.values()]);
  const process = some(random, workload.context.processes);
  const entryName = random.pick(overlapPolicies);
  const on = random.chance(0.5);
  const kind = random.pick<(typeof kinds)[number]>(kinds);
  switch (kind) {
    case 'reprocess':
    case 'skip':
      return job && { kind, processName: job.processName, timeperiod: job.timeperiod };
    case 'cancel-uow':
      return unit && { kind, uowId: unit.uow.id };
    case 'set-managed':
      return process?.kind === 'managed' ? { kind, processName: process.name, on } : undefined;
    case 'fire-managed':
      return process?.kind === 'managed' ? { kind, processName: process.name } : undefined;
    case 'fire-freerun':
      return { kind, processName: 'Report', entryName, arguments: { by: 'hand' } };
    case 'set-freerun':
      return { kind, processName: 'Report', entryName, on };
    case 'add-freerun':
      return { kind, processName: 'Report', entryName: OWN_ENTRY, trigger: 'every 10m' };
    case 'remove-freerun':
      return { kind, processName: 'Report', entryName: OWN_ENTRY };
  }
};

/** What only a user can mend. */
const chores = (memory: Memory, random: Random): Command[] => [
  ...recordsIn(memory, managedSpec).flatMap(({ processName, on }): Command[] =>
    on ? [] : [{ kind: 'set-managed', processName, on: true }],
  ),
  ...recordsIn(memory, freerunSpec).flatMap(({ processName, entryName, on, removed }): Command[] =>
    on || removed ? [] : [{ kind: 'set-freerun', processName, entryName, on: true }],
  ),
  ...[...memory.unfinished.values()].flatMap(({ uow }): Command[] =>
    isQuarantined(uow) ? [{ kind: random.pick(['cancel-uow', 'release-uow']), uowId: uow.id }] : [],
  ),
];

/** As the dashboard does: asks the scheduler itself. */
const askScheduler = ({ network, cluster }: UsersOptions, request: CommandRequest): void => {
  const leader = cluster.leader();
  if (leader === undefined) return;
  network.world.after(0, {
    life: leader.life,
    label: 'asked by a person',
    detail: () => JSON.stringify(request),
    run: () =>
      void leader.scheduler
        .apiFor({ actor: ACTOR, signal })
        .execute(request)
        .catch(() => undefined),
  });
};

/** As the command line does: stores the command, and rings for it. */
const leaveCommand = ({ network }: UsersOptions, request: CommandRequest): void => {
  const { world, store, queue } = network;
  const record = commandRecord(request, { actor: ACTOR, now: world.clock.now() });
  const run = (): void => {
    store.rowsOf(commandSpec).insertNew(createRowCodec(commandSpec).encode(record));
    queue.publish(COMMAND_QUEUE, [record.id]);
  };
  world.after(0, { label: 'left by a person', detail: () => JSON.stringify(record), run });
};

export const createUsers = (options: UsersOptions): Users => {
  const { network, memory, random } = options;
  const pause = random.pick(PAUSES);
  let asked = 0;
  let isOver = false;
  const named = (command: Command): CommandRequest => ({ ...command, id: `c${++asked}` });
  const again = (): void => {
    network.world.after(random.between(0, 2 * pause), { label: 'a person', run: ask });
  };
  const isBusy = (): boolean => rowsIn(memory, commandSpec).some((row) => row['state'] === 'open');
  const ask = (): void => {
    if (isOver) return;
    // Users do not ask on and on while nothing happens.
    const command = isBusy() && random.chance(0.8) ? undefined : drawCommand(options);
    if (command !== undefined) (random.chance(0.5) ? askScheduler : leaveCommand)(options, named(command));
    again();
  };
  return {
    begin: again,
    tidyUp: () => {
      isOver = true;
      if (isBusy()) return;
      for (const command of chores(memory, random)) leaveCommand(options, named(command));
    },
  };
};
