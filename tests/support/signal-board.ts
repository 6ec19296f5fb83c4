/** Where a test waits for what happens: each posted signal is taken once, in order. */
export interface SignalBoard {
  post(name: string, value?: unknown): void;
  /** The next signal of this name, already posted or still to come. */
  next<T = unknown>(name: string): Promise<T>;
}

export const signalBoard = (): SignalBoard => {
  const posted = new Map<string, unknown[]>();
  const waiting = new Map<string, ((value: unknown) => void)[]>();
  return {
    post: (name, value) => {
      const waiter = waiting.get(name)?.shift();
      if (waiter === undefined) posted.set(name, [...(posted.get(name) ?? []), value]);
      else waiter(value);
    },
    next: <T>(name: string) =>
      new Promise<T>((resolve) => {
        const values = posted.get(name) ?? [];
        if (values.length > 0) resolve(values.shift() as T);
        else waiting.set(name, [...(waiting.get(name) ?? []), resolve as (value: unknown) => void]);
      }),
  };
};
