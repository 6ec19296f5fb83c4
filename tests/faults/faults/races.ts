import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../../../domain/cascade/plan.ts';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { journalEnd, nextRow, took } from '../recovery.ts';
import { order } from '../strike.ts';
import type { World } from '../world.ts';
import { daysFor } from '../workload.ts';

const BOUND = 30_000;
const kinds = ['skip', 'reprocess'] as const;
/** A unit has ended and is reported within so long of its release, more often than not, ms. */
const LEAD = 300;

/** Sends a command three times over, as an impatient person does; answers with the statuses. */
const sendThrice = async (world: World, body: Readonly<Record<string, unknown>>): Promise<number[]> => {
  const id = randomUUID();
  const answers = await Promise.all([1, 2, 3].map(() => world.command({ ...body, id })));
  return answers.map(({ status }) => status);
};

const atOnce: Fault = {
  name: 'skip, complete and reprocess at once',
  what: 'a job is skipped and reprocessed in the moment in which its unit ends: one wins, the others hear 409',
  on: ['embedded', 'servers'],
  longOnly: ['servers'],
  bound: BOUND,
  times: { short: 5, long: 50 },
  work: (form, place) => ({ days: daysFor(form, place) }),
  inject: async (world) => {
    const store = await world.store();
    const { id } = await order(world, 'hold');
    const [key = ''] = id.split('#');
    const [processName = '', timeperiod = ''] = key.split('/');
    const plans = await Promise.all(
      kinds.map((kind) => world.ask<Plan>(`jobs/${processName}/${timeperiod}/plan?kind=${kind}`)),
    );
    const end = await journalEnd(store);
    const release = `${world.effects}.release`;
    const inAnyOrder = Math.random() < 0.5 ? kinds : kinds.toReversed();
    writeFileSync(release, '');
    // Now and then the unit ends before any command arrives.
    await sleep(Math.random() * LEAD);
    const sending = inAnyOrder.map((kind) => {
      const planHash = plans[kinds.indexOf(kind)]!.hash;
      return sendThrice(world, { kind, processName, timeperiod, planHash, reason: 'a race' });
    });
    const statuses = await Promise.all(sending);
    rmSync(release);
    const won = statuses.filter((answers) => answers.includes(200)).length;
    const text = inAnyOrder.map((kind, i) => `${kind}: ${statuses[i]!.join(', ')}`).join('; ');
    if (won > 1) throw new Error(`both won over ${key}: ${text}`);
    bit(statuses.flat().includes(409), `no command lost over ${key}: ${text}`);
    const recovery = await took(() => nextRow(store, end, ({ entityId }) => entityId === key));
    return { recovery, proof: `${key}: ${text}` };
  },
};

export const races: readonly Fault[] = [atOnce];
