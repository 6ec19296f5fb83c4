import { syncBuiltinESMExports } from 'node:module';
import promises from 'node:timers/promises';
import type { Random } from './random.ts';
import type { Appointment, World } from './world.ts';

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  random: Math.random,
  delay: promises.setTimeout,
  endOfTurn: promises.setImmediate,
};

/** A turn of the event loop takes time too, or code that waits by turns would wait for ever. Milliseconds. */
const TURN = 0.25;
const SHORTEST = 1;

type Callback = (...parameters: unknown[]) => void;

/** Stands for a timer of Node. */
class VirtualTimer {
  appointment: Appointment | undefined;

  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

const cancel = (timer: unknown): boolean => {
  if (!(timer instanceof VirtualTimer)) return false;
  if (timer.appointment !== undefined) timer.appointment.canceled = true;
  return true;
};

const createTimers = (world: World) => {
  const once = (label: string, delay: number, run: () => void): VirtualTimer => {
    const timer = new VirtualTimer();
    timer.appointment = world.after(delay, { life: world.current(), label, run });
    return timer;
  };
  const repeat = (timer: VirtualTimer, delay: number, run: () => void): void => {
    const tick = (): void => {
      repeat(timer, delay, run);
      run();
    };
    timer.appointment = world.after(delay, { life: world.current(), label: 'timer', run: tick });
  };
  return {
    timeout: (run: Callback, delay = SHORTEST, ...rest: unknown[]) =>
      once('timer', Math.max(SHORTEST, delay), () => run(...rest)),
    interval: (run: Callback, delay = SHORTEST, ...rest: unknown[]) => {
      const timer = new VirtualTimer();
      repeat(timer, Math.max(SHORTEST, delay), () => run(...rest));
      return timer;
    },
    immediate: (run: Callback, ...rest: unknown[]) => once('turn', TURN, () => run(...rest)),
    endOfTurn: <T>(value?: T) =>
      new Promise<T | undefined>((resolve) => {
        once('turn', TURN, () => resolve(value));
      }),
    delay: <T>(delay = SHORTEST, value?: T, options: { signal?: AbortSignal } = {}) =>
      new Promise<T | undefined>((resolve, reject) => {
        const { signal } = options;
        const fail = (): void => reject(signal?.reason as Error);
        if (signal?.aborted === true) return fail();
        const timer = once('timer', Math.max(SHORTEST, delay), () => {
          signal?.removeEventListener('abort', onAbort);
          resolve(value);
        });
        const onAbort = (): void => {
          cancel(timer);
          fail();
        };
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
};

/**
 * Until the answer is called, timers and chance that simulated processes ask Node for are the world's. A timer belongs
 * to the life in which it was set, and goes with it. Everybody else still gets Node's own.
 */
export const installTimers = (world: World, random: Random): (() => void) => {
  const virtual = createTimers(world);
  const mine = (): boolean => world.current() !== undefined;
  const either = <F>(ours: F, theirs: F): F =>
    // Which of the two is decided anew with every call.
    ((...parameters: unknown[]) => ((mine() ? ours : theirs) as Callback)(...parameters)) as unknown as F;
  const clear =
    (theirs: (timer: never) => void) =>
    (timer: unknown): void => {
      if (!cancel(timer)) theirs(timer as never);
    };
  Object.assign(globalThis, {
    setTimeout: either<unknown>(virtual.timeout, real.setTimeout),
    setInterval: either<unknown>(virtual.interval, real.setInterval),
    setImmediate: either<unknown>(virtual.immediate, real.setImmediate),
    clearTimeout: clear(real.clearTimeout),
    clearInterval: clear(real.clearInterval),
    clearImmediate: clear(real.clearImmediate),
  });
  Math.random = () => (mine() ? random.next() : real.random());
  Object.assign(promises, {
    setTimeout: either<unknown>(virtual.delay, real.delay),
    setImmediate: either<unknown>(virtual.endOfTurn, real.endOfTurn),
  });
  syncBuiltinESMExports();
  return () => {
    const { random: chance, delay, endOfTurn, ...timers } = real;
    Object.assign(globalThis, timers);
    Math.random = chance;
    Object.assign(promises, { setTimeout: delay, setImmediate: endOfTurn });
    syncBuiltinESMExports();
  };
};
