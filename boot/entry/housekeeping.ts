import { constants, setPriority } from 'node:os';
import { oneLine } from '../../domain/one-line.ts';
import { sendToParent } from '../../lib/os/parent.ts';
import type { HousekeepingResult } from '../../scheduler/maintenance/housekeeping.ts';
import type { Settings } from '../../settings.ts';
import { backUpStore } from '../housekeeping/backup.ts';
import { checkForHousekeeping } from '../housekeeping/check.ts';
import type { ChildAnswer, ChildQuestion } from '../housekeeping/child.ts';

type Work = (settings: Settings) => HousekeepingResult | Promise<HousekeepingResult>;

const work: Readonly<Record<ChildQuestion['task'], Work>> = {
  check: checkForHousekeeping,
  backup: (settings) => backUpStore(settings),
};

/** Child process of the scheduler for housekeeping that would keep its event loop from work; see `runInChild`. */
process.once('disconnect', () => process.exit());
process.once('message', ({ task, settings }: ChildQuestion) => {
  // Units of work come first.
  setPriority(constants.priority.PRIORITY_LOW);
  const answer = async (): Promise<ChildAnswer> => ({ result: await work[task](settings) });
  answer().then(sendToParent, (error: unknown) => {
    const failure = oneLine(error instanceof Error ? error.message : String(error));
    sendToParent({ failure } satisfies ChildAnswer);
  });
});
