import { cpSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { check } from './check.ts';
import type { Fault, Form, Injection, Place } from './fault.ts';
import type { Servers } from './servers.ts';
import { createWorld } from './world.ts';

/** What a fault did to a world. */
export interface Row {
  readonly fault: string;
  readonly what: string;
  readonly on: Place;
  readonly bound: number;
  readonly injections: readonly Injection[];
  /** Why the row fails, one line each; empty when all is well. */
  readonly broken: readonly string[];
  /** Nothing is broken but the bound of recovery. */
  readonly isOnlyLate: boolean;
  /** Why it was left out. */
  readonly skipped?: string;
  readonly seconds: number;
}

export interface SufferOptions {
  readonly place: Place;
  readonly form: Form;
  readonly servers: Servers | undefined;
  /** Days of work instead of those of the form. */
  readonly days?: number;
  /** Folder into which the folders of worlds that broke are copied. */
  readonly keep?: string;
}

const lateOnes = ({ bound }: Fault, injections: readonly Injection[]): string[] =>
  injections
    .filter(({ recovery }) => recovery > bound)
    .map(({ recovery }) => `recovered in ${Math.round(recovery)} ms, and ${bound} ms is the bound`);

/** Has a new world suffer a fault as often as its form says; tells what came of it. Never rejects. */
export const suffer = async (fault: Fault, options: SufferOptions): Promise<Row> => {
  const { place, form, servers, days, keep } = options;
  const begun = performance.now();
  const { name, what, bound } = fault;
  const injections: Injection[] = [];
  const broken: string[] = [];
  let late: readonly string[] = [];
  const row = (skipped?: string): Row => {
    const seconds = (performance.now() - begun) / 1000;
    const isOnlyLate = late.length > 0 && late.length === broken.length;
    const outcome = { bound, injections, broken, isOnlyLate, seconds };
    return { fault: name, what, on: place, ...outcome, ...(skipped && { skipped }) };
  };
  const whyNot = fault.whyNot?.(place, servers);
  if (whyNot !== undefined) return row(whyNot);
  const asked = fault.work?.(form, place) ?? { days: 0 };
  const workload = { ...asked, days: days ?? asked.days };
  const { detour, environment, lie } = fault;
  const world = await createWorld({
    place,
    servers,
    workload,
    ...(detour && { detour }),
    ...(environment && { environment }),
  });
  const undo = fault.prepare?.(world);
  try {
    if (fault.work !== undefined) await world.start();
    while (injections.length < fault.times[form] && !(await fault.isOver?.(world)))
      injections.push(await fault.inject(world, form));
    late = lateOnes(fault, injections);
    broken.push(...late);
    if (fault.work !== undefined) {
      await world.finish();
      broken.push(...(await check(world, lie)));
    }
    broken.push(...((await fault.verify?.(world, injections)) ?? []));
  } catch (error) {
    broken.push(error instanceof Error ? error.message : String(error));
  } finally {
    await world.close();
    undo?.();
    if (broken.length > 0 && keep !== undefined)
      cpSync(world.folder, join(keep, `${name} ${place}`.replaceAll(' ', '-')), {
        recursive: true,
        filter: (path) => !lstatSync(path).isSocket(),
      });
  }
  return row();
};
