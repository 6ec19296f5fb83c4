import { constants, setPriority } from 'node:os';
import { oneLine } from '../../domain/one-line.ts';
import { sendToParent } from '../../lib/os/parent.ts';
import { checkForHousekeeping } from '../housekeeping/check.ts';
import type { ChildAnswer, ChildQuestion } from '../housekeeping/child.ts';

const work = { check: checkForHousekeeping } as const;

/** Child process of the scheduler for housekeeping that would keep its event loop from work; see `runInChild`. */
process.once('disconnect', () => process.exit());
process.once('message', ({ task, settings }: ChildQuestion) => {
  // Units of work come first.
  setPriority(constants.priority.PRIORITY_LOW);
  work[task](settings).then(
    (result) => sendToParent({ result } satisfies ChildAnswer),
    (error: unknown) => {
      const failure = oneLine(error instanceof Error ? error.message : String(error));
      sendToParent({ failure } satisfies ChildAnswer);
    },
  );
});
