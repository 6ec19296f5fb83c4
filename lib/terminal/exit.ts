import { CommanderError } from 'commander';
import { SynergyError } from '../../domain/errors.ts';

/** Ends a command that said all there is to say. */
export class QuietFailure extends Error {
  readonly exitCode: number;

  constructor(exitCode = 1) {
    super();
    this.exitCode = exitCode;
  }
}

/** Help that was shown in place of a missing subcommand, or because it was asked for. */
const isHelp = ({ code, exitCode }: CommanderError): boolean => exitCode === 0 || code === 'commander.help';

/** What to print of an error: one line for the deliberate ones, nothing for help and version, else the stack. */
export const lineOf = (error: unknown): string | undefined => {
  if (error instanceof QuietFailure) return undefined;
  if (error instanceof CommanderError) {
    if (isHelp(error)) return undefined;
    return `synergy: ${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}`;
  }
  if (error instanceof SynergyError) return `synergy: ${error.message}`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `synergy: this should not have happened; please report it with the lines below, and try 'synergy doctor'\n${stack}`;
};

/** 2 for a command line that cannot be understood, what a quiet failure says, 1 for everything else that went wrong. */
export const exitCodeOf = (error: unknown): number => {
  if (error instanceof CommanderError) return isHelp(error) ? error.exitCode : 2;
  return error instanceof QuietFailure ? error.exitCode : 1;
};
