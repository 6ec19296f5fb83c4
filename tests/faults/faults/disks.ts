import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { within } from '../processes.ts';
import { PATIENCE, journalEnd, nextRow, took } from '../recovery.ts';
import { kill } from '../strike.ts';
import type { World } from '../world.ts';

const BOUND = 30_000;
/** A store that has stood still for so long has no room left, ms. */
const STILL = 4_000;
/** How long the disk stays full, ms. */
const FULL = { short: 5_000, long: 60_000 } as const;
const SMALL = '32m';

const whyNot = (): string | undefined =>
  process.getuid?.() === 0 ? undefined : 'needs to mount a small disk, as root';

/** Puts a small disk in the place of a folder; answers with what takes it away. */
const mount = (folder: string): (() => void) => {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL},mode=0700`, 'tmpfs', folder]);
  return () => execFileSync('umount', ['--lazy', folder]);
};

const BLOCK = 65_536;

/** Appends to a file for as long as there is room on its disk, to the last byte. */
const stuff = (path: string): void => {
  const file = openSync(path, 'a');
  for (let size = BLOCK; size > 0;) {
    try {
      writeSync(file, Buffer.alloc(size, '\n'));
    } catch {
      size = Math.floor(size / 2);
    }
  }
  closeSync(file);
};

/** Leaves no room on the disk of a folder; answers with what makes room again. */
const fill = (folder: string): (() => void) => {
  const ballast = join(folder, 'ballast');
  stuff(ballast);
  return () => rmSync(ballast);
};

const claimed = ({ event }: { event: string }): boolean => event === 'claim';

const storeFull: Fault = {
  name: 'store disk full',
  what: 'the disk of store, queue and logs has no room left for a while',
  on: ['embedded'],
  bound: BOUND,
  times: { short: 1, long: 5 },
  whyNot,
  work: (form) => ({ days: form === 'short' ? 16 : 60 }),
  prepare: ({ settings }) => mount(settings.dataDir),
  inject: async (world, form) => {
    const store = await world.store();
    await nextRow(store, await journalEnd(store), claimed);
    const makeRoom = fill(world.settings.dataDir);
    let position = -1;
    let movedAt = performance.now();
    // A little is written where there was room before.
    const isStill = async (): Promise<boolean> => {
      const end = await journalEnd(store);
      if (end !== position) movedAt = performance.now();
      position = end;
      return performance.now() - movedAt > STILL;
    };
    bit(await within(PATIENCE, isStill, 100), 'it went on without room');
    const rows = position;
    await within(FULL[form], () => false, 1_000);
    makeRoom();
    const recovery = await took(() => nextRow(store, rows, claimed));
    return { recovery, proof: `nothing was written after row ${rows} until there was room again` };
  },
};

const sizeOf = (path: string): number => statSync(path).size;

const logFull: Fault = {
  name: 'log disk full',
  what: 'the disk of the logs has no room left; the work goes on meanwhile',
  on: ['embedded'],
  bound: BOUND,
  times: { short: 1, long: 5 },
  whyNot,
  work: (form) => ({ days: form === 'short' ? 12 : 60 }),
  prepare: ({ settings }) => mount(join(settings.dataDir, 'logs')),
  inject: async (world: World) => {
    const store = await world.store();
    const logs = join(world.settings.dataDir, 'logs');
    await nextRow(store, await journalEnd(store), claimed);
    const makeRoom = fill(logs);
    // The last page of a file has room still.
    for (const name of readdirSync(logs)) stuff(join(logs, name));
    const before = sizeOf(join(logs, 'scheduler.log'));
    // The collector has a line to write for every lease that was lost.
    const worker = await world.service('worker');
    await kill(worker);
    const end = await journalEnd(store);
    const recovery = await took(() => nextRow(store, end, claimed));
    await nextRow(store, end, ({ event }) => event === 'repost');
    const grown = sizeOf(join(logs, 'scheduler.log')) - before;
    makeRoom();
    await world.forgive('worker');
    bit(grown === 0, `the log took ${grown} bytes`);
    return { recovery, proof: 'leases were lost, and no line of it could be written' };
  },
};

export const disks: readonly Fault[] = [storeFull, logFull];
