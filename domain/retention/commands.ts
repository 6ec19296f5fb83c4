import type { CommandRecord } from '../model/record.ts';

/** Fact with what retention deleted of the commands: it explains what people changed without one. */
export const EXPIRED_COMMANDS = 'expired-commands';

/** How many, from when the first of them was given until the last had ended: what they changed, they changed in between, ms. */
export type ExpiredCommands = { readonly count: number; readonly from: number; readonly to: number };

/** Whether a command may go: one that is open never may. */
export const mayForget = ({ finishedAt }: CommandRecord, before: number): boolean =>
  finishedAt !== null && finishedAt < before;

/** What was deleted, with some more, at least one. */
export const addCommands = (
  known: ExpiredCommands | undefined,
  commands: readonly CommandRecord[],
): ExpiredCommands => {
  const given = commands.map(({ createdAt }) => createdAt);
  const ended = commands.map(({ createdAt, finishedAt }) => finishedAt ?? createdAt);
  return {
    count: (known?.count ?? 0) + commands.length,
    from: Math.min(known?.from ?? Infinity, ...given),
    to: Math.max(known?.to ?? -Infinity, ...ended),
  };
};
