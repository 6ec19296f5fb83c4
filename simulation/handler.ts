import type { DataStore } from '../db/store.ts';
import type { Sighting } from '../domain/invariants/evidence.ts';
import type { HandlerUow } from '../domain/model/handler-uow.ts';
import type { Handler, HandlerContext, HandlerResult } from '../worker/handler.ts';
import { errorLine } from '../worker/output/error-text.ts';
import { crashed, failed, readHandlerResult } from '../worker/reports/outcome.ts';
import type { RunInChild } from '../worker/isolation/child-pool.ts';
import { createRandom, hashText } from './random.ts';
import type { Random } from './random.ts';
import type { Life, World } from './world.ts';

/** What the handlers of a run share. */
export interface HandlerWorld {
  readonly world: World;
  readonly seed: number;
  readonly crash: (life: Life) => void;
  /** Once everything is sound again, so are they: they succeed, and soon. */
  readonly isSound: () => boolean;
  readonly sightings: Sighting[];
}

type Deed = 'process' | 'noop' | 'cancel' | 'fail' | 'crash' | 'hang';

const deeds: readonly (readonly [Deed, number])[] = [
  ['fail', 0.1],
  ['noop', 0.08],
  ['cancel', 0.02],
  ['crash', 0.01],
  ['hang', 0.01],
];

/** Of all units, those that kill their worker each time. */
const POISON = 0.002;

const SECOND = 1_000;
/** Looks of a handler at itself: so often it is seen to run, ms. */
const GLANCE = 4 * SECOND;

/** Most runs are short; of the reports that schedules ask for many last until the next one is due. */
const lengthOf = (random: Random, isReport: boolean): number => {
  const kind = random.next();
  if (kind < (isReport ? 0.3 : 0.7)) return random.between(5, 500);
  if (kind < (isReport ? 0.5 : 0.95)) return random.between(1, 30) * SECOND;
  return random.between(60, isReport ? 600 : 200) * SECOND;
};

/** What a run does and how long that takes, ms: by the seed, the unit and the attempt alone. */
const plan = (seed: number, { id, attempt, entryName }: HandlerUow): { deed: Deed; length: number } => {
  const random = createRandom(hashText(`${id} ${attempt}`, seed));
  const isPoison = createRandom(hashText(id, seed)).chance(POISON);
  let left = random.next();
  const found = deeds.find(([, share]) => (left -= share) < 0);
  const length = lengthOf(random, entryName !== null);
  return { deed: isPoison ? 'crash' : (found?.[0] ?? 'process'), length };
};

const results: Readonly<Partial<Record<Deed, HandlerResult>>> = {
  process: { processed: 3, aggregated: 1 },
  noop: { outcome: 'noop' },
  cancel: { outcome: 'cancel' },
};

/** What a handler throws that is to take its process with it. */
class Death extends Error {}

export interface Handlers {
  /** In the host: its death is the worker's. */
  readonly here: Handler;
  /** In a process of its own. */
  readonly childRuns: (...given: [...Parameters<RunInChild>, data: DataStore]) => ReturnType<RunInChild>;
}

/** Handlers that do their work in virtual time, badly now and then, and are seen while they do. */
export const createHandlers = (surroundings: HandlerWorld): Handlers => {
  const { world, crash } = surroundings;
  const work = createWork(surroundings);
  return {
    here: async (uow, context) => {
      const life = world.current();
      try {
        return await work(uow, context);
      } catch (error) {
        if (error instanceof Death && life !== undefined) crash(life);
        throw error;
      }
    },
    childRuns: async ({ uow, token }, { signal, log, progress }, data) => {
      if (uow === null) return failed('no unit to work on');
      const context = { signal, token, progress, data, log: (line: string) => log.write('log', line) };
      try {
        return readHandlerResult(await work(uow, context));
      } catch (error) {
        return error instanceof Death ? crashed('its process died') : failed(errorLine(error));
      }
    },
  };
};

const createWork = (surroundings: HandlerWorld): Handler => {
  const { world, seed, isSound, sightings } = surroundings;
  const see = ({ id, attempt }: HandlerUow): void =>
    void sightings.push({ id, attempt, at: world.clock.now() });

  /** Until its time is over, or it is told to end. */
  const work = (uow: HandlerUow, { signal }: HandlerContext, length: number): Promise<void> =>
    new Promise((resolve) => {
      const life = world.current();
      const end = world.clock.now() + length;
      const look = (): void => {
        if (signal.aborted || isSound() || world.clock.now() >= end) return resolve();
        // A process that stood still finds out what it lost in the moment in which it goes on.
        if (world.clock.now() > (life?.wokeAt ?? 0)) see(uow);
        world.after(Math.min(GLANCE, end - world.clock.now()), { life, label: 'handler', run: look });
      };
      signal.addEventListener('abort', () => resolve(), { once: true });
      look();
    });

  return async (uow, context) => {
    if (isSound()) {
      await work(uow, context, 5);
      return { processed: 1 };
    }
    const { deed, length } = plan(seed, uow);
    await work(uow, context, deed === 'hang' ? Infinity : length);
    context.signal.throwIfAborted();
    if (isSound()) return { processed: 1 };
    if (deed === 'crash') throw new Death('the simulated handler died');
    if (deed === 'fail') throw new Error('the simulated handler failed');
    return results[deed] ?? { processed: 1 };
  };
};
