import { identify, isAlive } from './process-stat.ts';
import type { ProcessIdentity } from './process-stat.ts';

/**
 * Signals a process, or a group by its number with a minus. Answers whether the signal was sent; use the others where another
 * process may have been given the number.
 */
export const trySignal = (target: number, signal: NodeJS.Signals): boolean => {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false; // it has just ended, or is not ours to signal
  }
};

/** Signals this very process, never another that was given its pid. Answers whether the signal was sent. */
export const signalProcess = (who: ProcessIdentity, signal: NodeJS.Signals): boolean =>
  isAlive(who) && trySignal(who.pid, signal);

/** Signals the process group of a leader that lives. Answers whether the signal was sent. */
export const signalGroup = (leader: ProcessIdentity, signal: NodeJS.Signals): boolean =>
  isAlive(leader) && trySignal(-leader.pid, signal);

/**
 * Kills what a leader that ended this moment left in its group. The system gives the number of a group to no new
 * process while it has a member: a process that has it tells that the group is gone.
 */
export const killOrphanedGroup = (leader: number): boolean =>
  leader > 0 && identify(leader) === undefined && trySignal(-leader, 'SIGKILL');
