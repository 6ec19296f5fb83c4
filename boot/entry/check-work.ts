import { sendToParent } from '../../lib/os/parent.ts';
import { findFunction } from '../../worker/invoke-handler.ts';
import type { WorkAnswer, WorkQuestion } from '../box/check-work.ts';
import { loadModule } from '../load-module.ts';

/** Child process that imports modules of handlers to see whether there is a function to call; see `checkWork`. */
process.once('disconnect', () => process.exit());
process.on('message', (question: WorkQuestion) => {
  const answer = (because: string | null): void => sendToParent({ because } satisfies WorkAnswer);
  loadModule(question.module)
    .then((exports) => findFunction(exports, question))
    .then(
      () => answer(null),
      (error: unknown) => answer((error as Error).message),
    );
});
