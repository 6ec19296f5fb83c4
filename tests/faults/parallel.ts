import type { Fault, Form, Place } from './fault.ts';
import { startServers } from './servers.ts';
import type { Servers } from './servers.ts';
import { suffer } from './suffer.ts';
import type { Row, SufferOptions } from './suffer.ts';

/** A fault at one of its places. */
export interface Case {
  readonly fault: Fault;
  readonly place: Place;
}

/**
 * What strikes at once: in each lane one fault after the other, of the first place that has any left. Most of the short
 * form is waiting. A fault of servers may strike those of its whole lane, so that each lane has its own.
 */
const sideBySide: Readonly<Record<Form, readonly (readonly Place[])[]>> = {
  short: [['servers', 'embedded'], ['servers', 'embedded'], ['embedded']],
  long: [['embedded', 'servers']],
};

export interface ParallelOptions extends Omit<SufferOptions, 'place' | 'servers'> {
  /** Hears of each case as it is over. */
  readonly onRow: (row: Row) => void;
}

/** Has worlds suffer faults in the lanes of a form; resolves when all is over and the servers have ended. */
export const strikeInParallel = async (
  cases: readonly Case[],
  { onRow, ...options }: ParallelOptions,
): Promise<void> => {
  const lanes = sideBySide[options.form];
  const left = new Set(cases);
  const late: Case[] = [];
  const take = (places: readonly Place[]): Case | undefined => {
    const first = places.flatMap((wanted) => [...left].filter(({ place }) => place === wanted))[0];
    if (first !== undefined) left.delete(first);
    return first;
  };
  const runLane = async (places: readonly Place[]): Promise<void> => {
    let own: Servers | undefined;
    const met = new Set<Fault>();
    for (let next = take(places); next !== undefined; next = take(places)) {
      const { fault, place } = next;
      if (place === 'servers' && met.has(fault)) {
        // Another world for it: the stand-in for MongoDB grows slower with everything that was ever written to it.
        await own?.stop();
        own = undefined;
      }
      if (place === 'servers') met.add(fault);
      const servers = place === 'servers' ? (own ??= await startServers()) : undefined;
      const row = await suffer(fault, { ...options, place, servers });
      if (row.isOnlyLate && lanes.length > 1) late.push(next);
      else onRow(row);
    }
    await own?.stop();
  };
  await Promise.all(lanes.map(runLane));
  // The bounds are those of a box with processors of its own: what was late beside the others is struck again alone.
  for (const { fault, place } of late) {
    const servers = place === 'servers' ? await startServers() : undefined;
    onRow(await suffer(fault, { ...options, place, servers }));
    await servers?.stop();
  }
};
