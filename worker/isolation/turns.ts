/** Those who wait for one of a kind: first come, first served. */
export interface Turns<T> {
  waiting(): number;
  /** Resolves when it is its turn; rejects when `signal` aborts before. */
  wait(signal: AbortSignal): Promise<T>;
  /** Gives one to the first that waits; answers whether any did. */
  give(one: T): boolean;
  /** Sends away who waits first. */
  refuse(reason: Error): void;
}

interface Turn<T> {
  readonly resolve: (one: T) => void;
  readonly reject: (reason: Error) => void;
}

export const createTurns = <T>(): Turns<T> => {
  const turns = new Set<Turn<T>>();
  const next = (): Turn<T> | undefined => {
    const [turn] = turns;
    if (turn) turns.delete(turn);
    return turn;
  };
  return {
    waiting: () => turns.size,
    wait: (signal) =>
      new Promise((resolve, reject) => {
        const turn = { resolve, reject };
        const leave = (): void => {
          turns.delete(turn);
          reject(signal.reason as Error);
        };
        turns.add(turn);
        if (signal.aborted) leave();
        else signal.addEventListener('abort', leave, { once: true });
      }),
    give: (one) => {
      const turn = next();
      turn?.resolve(one);
      return turn !== undefined;
    },
    refuse: (reason) => next()?.reject(reason),
  };
};
