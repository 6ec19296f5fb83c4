import { factSpec } from '../db/collections.ts';
import { eventTriggerSpec } from '../db/event-collections.ts';
import { createRowCodec } from '../db/row-codec.ts';
import { executionId, executionOf } from '../domain/event/execution.ts';
import { eventsProcess } from '../domain/event/process.ts';
import { readTarget } from '../domain/event/target.ts';
import { EVENTS, putTrigger } from '../domain/event/trigger.ts';
import type { EventTrigger } from '../domain/event/trigger.ts';
import type { ProcessContext } from '../domain/model/process.ts';
import { SEEN_UNTIL } from '../scheduler/events/planner.ts';
import type { Deliveries } from '../worker/delivery/deliveries.ts';
import type { Network } from './network.ts';
import type { OracleFinding } from './finding.ts';
import type { Random } from './random.ts';
import { recordsIn } from './store/collection-rows.ts';
import type { Memory } from './store/memory.ts';
import type { World } from './world.ts';

const SECOND = 1_000;
/** Triggers of a run. */
const MOST = 5;
const RULE = 'executions of event triggers';

const finding = (text: string, entities: readonly string[]): OracleFinding => ({
  rule: RULE,
  text,
  entities,
});

/** A context with the process of event triggers. */
export const withEvents = ({ processes, trees }: ProcessContext): ProcessContext => ({
  processes: [...processes, eventsProcess(8, 7)],
  trees,
});

/** Triggers of intervals that are easily reckoned another way. */
const drawTriggers = (random: Random, now: number): EventTrigger[] =>
  Array.from({ length: random.between(1, MOST) }, (_, i) => {
    const period = random.pick([30, 47, 60, 600]);
    const start = now - random.below(period) * SECOND;
    const input = {
      ...{ owner: 'local', id: `t${i}`, target: readTarget({ url: 'https://example.com/hook' }) },
      schedule: `R/${new Date(start).toISOString()}/PT${period}S/ET${random.pick([2, 20, 300])}S`,
      missed: random.pick(['all', 'all', 'last', 'none'] as const),
      retry: { attempts: random.pick([1, 3]), delay: SECOND },
    };
    return putTrigger(undefined, input, now).trigger;
  });

/** Puts the triggers of a run into its store. */
export const plantTriggers = ({ store, world }: Network, random: Random): void => {
  const rows = store.rowsOf(eventTriggerSpec);
  const codec = createRowCodec(eventTriggerSpec);
  for (const trigger of drawTriggers(random, world.clock.now())) rows.insertNew(codec.encode(trigger));
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
      if (now < at) findings.push(finding(`${id} was sent ${at - now} ms before its instant`, [id]));
      if (now > expiresAt)
        findings.push(finding(`${id} was sent ${now - expiresAt} ms after its deadline`, [id]));
      await new Promise((resolve) => setTimeout(resolve, random.pick([5, 50, 3_000])));
      signal.throwIfAborted();
      if (random.chance(0.7)) return { ok: true, retry: false, summary: '204' };
      return { ok: false, retry: random.chance(0.8), summary: '503' };
    },
    close: () => Promise.resolve(),
  },
});

/** `R/start/PTnS`, another way than the product reads it. */
const instantsOf = ({ schedule, armedAt }: EventTrigger, until: number): number[] => {
  const [, start = '', period = ''] = schedule.split('/');
  const length = Number(period.slice(2, -1)) * SECOND;
  const found: number[] = [];
  for (let at = Date.parse(start); at <= until; at += length) if (at > armedAt) found.push(at);
  return found;
};

/** For every trigger the instants since it was armed, up to which the scheduler says that it saw to them, are its executions. */
export const strayExecutions = (memory: Memory): OracleFinding[] => {
  const seen = recordsIn(memory, factSpec).find(({ name }) => name === SEEN_UNTIL)?.value;
  const until = typeof seen === 'number' ? seen : 0;
  return recordsIn(memory, eventTriggerSpec).flatMap((trigger): OracleFinding[] => {
    const entry = `${trigger.owner}/${trigger.id}`;
    const units = [...memory.units.values()].filter(
      ({ uow }) => uow.processName === EVENTS && uow.entryName === entry,
    );
    const due = instantsOf(trigger, until);
    const missing = due.filter((at) => !memory.units.has(executionId(trigger, at)));
    const found = units.map(({ uow }) => executionOf(uow)?.at ?? 0);
    const isDue = new Set(due);
    const odd = found.filter((at) => at <= until && !isDue.has(at));
    const stray = [...missing, ...odd].map((at) => executionId(trigger, at));
    if (stray.length === 0) return [];
    const text = `${entry}: ${missing.length} instants without an execution, ${odd.length} executions of no instant`;
    return [finding(`${text}: ${stray.slice(0, 3).join(', ')}`, stray)];
  });
};
