import { commandSpec, getFact, putFact } from '../../db/collections.ts';
import type { Json } from '../../domain/model/process.ts';
import { EXPIRED_COMMANDS, addCommands, mayForget } from '../../domain/retention/commands.ts';
import type { ExpiredCommands } from '../../domain/retention/commands.ts';
import type { Retaining } from './round-record.ts';

/** Commands that are looked at together. */
const PAGE = 100;

/**
 * Deletes commands that were carried out or refused before the time to live of the history of jobs, oldest first, and rests
 * after each page. That they are deleted is on record before they are.
 */
export const expireCommands = async (
  { store, clock, limits }: Pick<Retaining, 'store' | 'clock' | 'limits'>,
  stopping: AbortSignal,
  rest: () => Promise<void>,
): Promise<void> => {
  const commands = store.collection(commandSpec);
  const before = clock.now() - limits.retention.historyTtl;
  // Behind the last one that stays: those before that are not looked at again.
  for (let after: { readonly id: string } | undefined; !stopping.aborted;) {
    const page = await commands.list({ ...(after && { after }), limit: PAGE });
    const gone = page.filter((command) => mayForget(command, before));
    if (gone.length > 0) {
      const known = (await getFact(store, EXPIRED_COMMANDS)) as (ExpiredCommands & Json) | undefined;
      await putFact(store, EXPIRED_COMMANDS, addCommands(known, gone));
      for (const { id } of gone) await commands.remove({ id });
      await rest();
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE || last.createdAt >= before) return;
    after = page.findLast((command) => !mayForget(command, before)) ?? after;
  }
};
