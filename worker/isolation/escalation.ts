import { startTimer } from '../../lib/os/timer.ts';
import type { RunScope } from '../run-scope.ts';

/**
 * Ends a run in two steps: `ask` when its signal aborts, `force` when it is still there after the grace, or as soon
 * as the worker can wait no longer. Returns what calls both off.
 */
export const armEscalation = (
  { signal, kill, killGrace }: Pick<RunScope, 'signal' | 'kill' | 'killGrace'>,
  steps: { readonly ask?: () => void; readonly force: () => void },
): (() => void) => {
  let stop: (() => void) | undefined;
  const force = (): void => {
    disarm();
    steps.force();
  };
  const ask = (): void => {
    stop = startTimer(killGrace, force);
    steps.ask?.();
  };
  const disarm = (): void => {
    stop?.();
    signal.removeEventListener('abort', ask);
    kill.removeEventListener('abort', force);
  };
  signal.addEventListener('abort', ask, { once: true });
  kill.addEventListener('abort', force, { once: true });
  if (signal.aborted) ask();
  if (kill.aborted) force();
  return disarm;
};
