import type { Command } from 'commander';
import { SynergyError } from '../../domain/errors.ts';
import { attemptsOf } from '../../domain/event/attempt.ts';
import type { Attempt } from '../../domain/event/attempt.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { print } from '../../lib/terminal/output.ts';
import { QuietFailure } from '../../lib/terminal/exit.ts';
import type { SchedulerClient } from '../cli/scheduler-client.ts';
import { deed, nameOf, resultOf } from './deed.ts';
import { payload } from './read-option.ts';

/** A test begins within a minute, and takes five at most. */
const PATIENCE = 370_000;
/** The log of an attempt is written beside its report. */
const LOG_PATIENCE = 5_000;
/** An attempt writes few lines. */
const LINES = 100;

const attemptText = ({ request, headers, answer, body }: Attempt): string =>
  [`→ ${request}`, headers, `← ${answer}`, body].filter((text) => text.length > 2).join('\n');

/** The one attempt of a test, once it has ended; undefined when none could be begun. */
const attemptOf = async (
  { api }: SchedulerClient,
  id: string,
): Promise<{ readonly uow: UowRecord; readonly attempt: Attempt | undefined }> => {
  let uow = await api.uow(id);
  const isOver = async (): Promise<boolean> => isUowFinished((uow = await api.uow(id)).state);
  if (!(await waitUntil(isOver, PATIENCE)))
    throw new SynergyError(
      'CONFLICT',
      `${id} has not ended: expected a scheduler and the service event-worker at work, see 'synergy doctor'`,
    );
  let [attempt] = attemptsOf(await api.log(id, 0, LINES));
  const isLogged = async (): Promise<boolean> => {
    [attempt] = attemptsOf(await api.log(id, 0, LINES));
    return attempt?.answer !== undefined && attempt.answer !== '';
  };
  if (uow.attempt > 0) await waitUntil(isLogged, LOG_PATIENCE);
  return { uow, attempt };
};

/** `synergy trigger test` */
export const defineTest = (own: Command): void => {
  own
    .argument('<id>', 'id of the event trigger')
    .argument('[url]', 'address to try instead; the trigger need not be there then')
    .option('--payload <json>', 'what is sent instead', payload)
    .addHelpText('after', '\nExample:\n  $ synergy trigger test backup');
  deed(own, async (client, subject, { args: [, url] }) => {
    const { payload: sent } = own.opts<{ payload?: ReturnType<typeof payload> }>();
    const { execution = '' } = await resultOf(client, {
      ...{ kind: 'test-trigger', ...subject },
      ...(url !== undefined && { target: { url } }),
      ...(sent !== undefined && { payload: sent }),
    });
    print(`sent a test of ${nameOf(subject)}: ${execution}`);
    const { uow, attempt } = await attemptOf(client, execution);
    if (attempt !== undefined) print(attemptText(attempt));
    if (uow.state === 'PROCESSED') return 'delivered';
    print(`not delivered: ${uow.error ?? 'it could not begin within a minute'}`);
    throw new QuietFailure();
  });
};
