import { eventTriggerSpec } from '../db/event-collections.ts';
import { createRowCodec } from '../db/row-codec.ts';
import { eventsProcess } from '../domain/event/process.ts';
import { readTarget } from '../domain/event/target.ts';
import { LOCAL_OWNER, putTrigger } from '../domain/event/trigger.ts';
import type { Command } from '../scheduler/commands/command-table.ts';
import type { ProcessContext } from '../domain/model/process.ts';
import type { Deliveries } from '../worker/delivery/deliveries.ts';
import type { Network } from './network.ts';
import type { OracleFinding } from './finding.ts';
import type { Random } from './random.ts';
import { recordsIn } from './store/collection-rows.ts';
import type { Memory } from './store/memory.ts';
import { triggerFinding } from './trigger-oracle.ts';
import type { World } from './world.ts';

const SECOND = 1_000;
/** Triggers of a run. */
const MOST = 5;

/** A context with the process of event triggers. */
export const withEvents = ({ processes, trees }: ProcessContext): ProcessContext => ({
  processes: [...processes, eventsProcess(8, 7)],
  trees,
});

/** A schedule whose instants are easily reckoned another way. */
const drawSchedule = (random: Random, now: number): string => {
  const period = random.pick([30, 47, 60, 600]);
  const start = now - random.below(period) * SECOND;
  return `R/${new Date(start).toISOString()}/PT${period}S/ET${random.pick([2, 20, 300])}S`;
};

/** What a user says of a trigger. */
const drawInput = (random: Random, now: number) => ({
  schedule: drawSchedule(random, now),
  target: { url: 'https://example.com/hook' },
  missed: random.pick(['all', 'all', 'last', 'none'] as const),
  retry: { attempts: random.pick([1, 3]), delay: SECOND },
});

/** Puts the triggers of a run into its store. */
export const plantTriggers = ({ store, world }: Network, random: Random): void => {
  const rows = store.rowsOf(eventTriggerSpec);
  const codec = createRowCodec(eventTriggerSpec);
  const now = world.clock.now();
  for (let i = 1 + random.below(MOST); i > 0; i--) {
    const { target, ...input } = drawInput(random, now);
    const given = { owner: LOCAL_OWNER, id: `t${i}`, target: readTarget(target), ...input };
    rows.insertNew(codec.encode(putTrigger(undefined, given, now).trigger));
  }
};

/** What a user asks of a trigger, one that there is more often than one that is gone. */
export const drawTriggerCommand = (random: Random, memory: Memory, now: number): Command => {
  const triggers = recordsIn(memory, eventTriggerSpec);
  const known = triggers[random.below(triggers.length)];
  const named = { owner: LOCAL_OWNER, triggerId: known?.id ?? `t${1 + random.below(MOST)}` };
  const kind = random.pick([
    'put-trigger',
    'put-trigger',
    'pause-trigger',
    'resume-trigger',
    'fire-trigger',
    'remove-trigger',
  ] as const);
  if (kind !== 'put-trigger') return { kind, ...named };
  const { schedule, target, ...input } = drawInput(random, now);
  const stays = known !== undefined && random.chance(0.5);
  return {
    kind,
    ...named,
    ...input,
    target,
    schedule: stays ? known.schedule : schedule,
    payload: random.below(100),
  };
};

/** Targets that answer late, or not as they should, and see to it that nothing comes before its time or after its deadline. */
export const createTargets = (
  { clock }: Pick<World, 'clock'>,
  random: Random,
  findings: OracleFinding[],
): Deliveries => ({
  instance: 'simulation',
  secretsOf: () => Promise.resolve({ signing: [], named: {} }),
  courier: {
    deliver: async ({ executionId: id, at, expiresAt }, signal) => {
      const now = clock.now();
      if (now < at) findings.push(triggerFinding(`${id} was sent ${at - now} ms before its instant`, [id]));
      if (now > expiresAt)
        findings.push(triggerFinding(`${id} was sent ${now - expiresAt} ms after its deadline`, [id]));
      await new Promise((resolve) => setTimeout(resolve, random.pick([5, 50, 3_000])));
      signal.throwIfAborted();
      if (random.chance(0.7)) return { ok: true, retry: false, summary: '204' };
      return { ok: false, retry: random.chance(0.8), summary: '503' };
    },
    close: () => Promise.resolve(),
  },
});
