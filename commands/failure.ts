import { CommanderError } from 'commander';
import { SynergyError } from '../domain/errors.ts';

/** Ends a command that said all there is to say. */
export class QuietFailure extends Error {}

/** What to print of an error: one line for the deliberate ones, nothing for help and version, else the stack. */
export const lineOf = (error: unknown): string | undefined => {
  if (error instanceof QuietFailure) return undefined;
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return undefined;
    return `synergy: ${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}`;
  }
  if (error instanceof SynergyError) return `synergy: ${error.message}`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `synergy: this should not have happened; please report it with the lines below, and try 'synergy doctor'\n${stack}`;
};

/** 2 for a command line that cannot be understood, 1 for everything else that went wrong. */
export const exitCodeOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return 1;
};
