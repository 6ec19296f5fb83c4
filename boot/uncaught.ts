import { blame } from '../worker/output/run-output.ts';

/**
 * Takes errors that nothing caught: those that come from a handler are blamed on it, and this process goes on. The first
 * other one is handed to `crash`; another, while that is at work, ends the process as if there were no listener.
 */
export const onUncaught = (crash: (error: unknown) => void): void => {
  const take = (error: unknown): void => {
    if (blame(error)) return;
    process.off('uncaughtException', take);
    crash(error);
  };
  process.on('uncaughtException', take);
};
