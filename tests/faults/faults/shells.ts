import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { processesIn, within } from '../processes.ts';
import type { FoundProcess } from '../processes.ts';
import { PATIENCE, journalEnd, nextRow, took } from '../recovery.ts';
import type { World } from '../world.ts';

const BOUND = 30_000;
/** How long an escaped child would sleep, s: long enough to be found. */
const ASLEEP = 300;

const untilProcessed = async (world: World, id: string): Promise<void> => {
  await nextRow(await world.store(), 0, ({ entityId, to }) => entityId === id && to === 'PROCESSED');
};

const escaped: Fault = {
  name: 'child escapes',
  what: 'a command leaves a process behind in a session of its own, which holds its output open',
  on: ['embedded', 'servers'],
  longOnly: ['servers'],
  bound: BOUND,
  times: { short: 2, long: 10 },
  work: (form) => ({
    days: form === 'short' ? 8 : 40,
    shell: `setsid sleep ${ASLEEP} & sleep 0.2; echo done`,
  }),
  inject: async (world) => {
    let found: FoundProcess | undefined;
    const isOut = (): boolean => {
      found = processesIn(world.folder).find(({ command }) => command === `sleep ${ASLEEP}`);
      return found !== undefined;
    };
    await within(PATIENCE, isOut, 5);
    const { pid = 0, id } = found ?? {};
    if (id === undefined) throw new Error('the fault did not bite: no child got away');
    await untilProcessed(world, id);
    const isGone = (): boolean => !processesIn(world.folder).some((process) => process.pid === pid);
    const recovery = await took(() => within(PATIENCE, isGone, 5));
    return { recovery, proof: `process ${pid} of ${id} had a session of its own` };
  },
};

const MEGABYTE = 1_048_576;
const FLOOD = { short: 100 * MEGABYTE, long: 1024 * MEGABYTE } as const;
/** Of the worker's memory, beside what it has when it does other work. */
const MOST_MEMORY = 150 * MEGABYTE;

/** Most memory that a process had resident so far, bytes. */
const peakOf = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** The command waits for it, so that it is known what the worker needs without. */
const flood = (bytes: number): string =>
  `while [ ! -e flood ]; do sleep 0.05; done; head -c ${bytes} /dev/zero | tr '\\0' x; echo`;

const flooded: Fault = {
  name: 'output flood',
  what: 'a command prints 1 GB (short: 100 MB) without a newline; the memory of its worker stays bounded',
  on: ['embedded'],
  bound: BOUND,
  times: { short: 1, long: 1 },
  work: (form) => ({ days: 1, shell: flood(FLOOD[form]) }),
  inject: async (world, form) => {
    const store = await world.store();
    const { entityId: id } = await nextRow(
      store,
      0,
      ({ event, entityId }) => event === 'claim' && entityId.startsWith('Shell/'),
    );
    // The other work is over by then, and has had the memory that it needs.
    const jobs = ({ entityId, to }: { entityId: string; to: string }): boolean =>
      entityId.startsWith('Day/') && to === 'PROCESSED';
    await nextRow(store, 0, jobs);
    const worker = await world.service('worker');
    const before = peakOf(worker.pid);
    writeFileSync(join(world.folder, 'flood'), '');
    await untilProcessed(world, id);
    const grown = peakOf(worker.pid) - before;
    const kept = (await store.log(id, 0, 1_000)).reduce((sum, { line }) => sum + line.length, 0);
    bit(kept >= MEGABYTE / 2, `${kept} bytes were captured`);
    if (grown > MOST_MEMORY) throw new Error(`the worker grew by ${Math.round(grown / MEGABYTE)} MB`);
    const end = await journalEnd(store);
    const recovery = await took(() => nextRow(store, end, ({ event }) => event === 'claim'));
    const proof = `${FLOOD[form] / MEGABYTE} MB were printed, ${kept} bytes kept; the worker grew by ${Math.round(grown / MEGABYTE)} MB`;
    return { recovery, proof };
  },
};

export const shells: readonly Fault[] = [escaped, flooded];
