import { eventTriggerSpec } from '../../db/event-collections.ts';
import { SynergyError } from '../../domain/errors.ts';
import { messageIdOf } from '../../domain/event/envelope.ts';
import type { Parcel, ParcelSecrets } from '../../domain/event/envelope.ts';
import { executionOf, expiresAt as expiryOf } from '../../domain/event/execution.ts';
import { shownHeaders } from '../../domain/event/target.ts';
import type { UrlCredentials } from '../../domain/event/target-address.ts';
import type { Execution } from '../../domain/event/execution.ts';
import { testedTrigger } from '../../domain/event/tested.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import { verdictAtClaim, verdictOf, verdictOfTest } from '../../domain/event/verdict.ts';
import type { DeliveryVerdict, Receipt } from '../../domain/event/verdict.ts';
import { workerActor } from '../../domain/model/actor.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { attemptsOf } from '../../domain/strategy/retry-delay.ts';
import type { Deadline } from '../../lib/os/timer.ts';
import { leaveCommand } from '../commands.ts';
import { retryLater } from '../delivery/courier.ts';
import type { Deliveries } from '../delivery/deliveries.ts';
import { createTriggerReader } from '../delivery/trigger-reader.ts';
import type { TriggerReader } from '../delivery/trigger-reader.ts';
import { canceled, completed, empty, failed } from '../reports/outcome.ts';
import type { Outcome } from '../reports/outcome.ts';
import type { RunScope } from '../run-scope.ts';
import type { LiveRunner, RunnerTools } from './runner.ts';

const LOG_BYTES = 65_536;
/** Characters of the note of a pause, as the command takes it. */
const LONGEST_NOTE = 500;

/** The trigger of an execution as it is now; why there is none otherwise. */
const findTrigger = async (
  { trigger, tested }: Execution,
  readTrigger: TriggerReader,
): Promise<EventTrigger | string> => {
  try {
    const found = await readTrigger(trigger);
    const sent = tested === undefined ? found : testedTrigger(found, trigger, tested);
    return sent ?? 'its trigger was deleted';
  } catch (error) {
    if (error instanceof SynergyError && error.code === 'VALUE_UNREADABLE') return error.message;
    throw error;
  }
};

const outcomeOf = (verdict: DeliveryVerdict): Outcome => {
  switch (verdict.is) {
    case 'success':
      return completed();
    case 'expired':
      return { ...empty(), error: verdict.because };
    case 'failed':
      return canceled(verdict.because);
    case 'retry':
      return { ...failed(verdict.because), retryAt: verdict.at, uncounted: !verdict.counts };
  }
};

/** Has the scheduler pause a trigger whose target is gone, with what that said. */
const pause = ({ id, trigger }: Execution, note: string, tools: RunnerTools): Promise<void> =>
  leaveCommand(tools, {
    id: `gone/${id}`,
    kind: 'pause-trigger',
    arguments: { owner: trigger.owner, triggerId: trigger.id, note: note.slice(0, LONGEST_NOTE) },
    actor: workerActor(tools.owner),
    reason: note,
  });

/** Of a delivery. One under way when the worker stops has the grace to come to its end: cut off, it would be made again. */
const untilCut = ({ signal, kill }: RunScope, stopping: AbortSignal): Deadline => {
  const controller = new AbortController();
  const cut = (): void => controller.abort(signal.reason);
  const abort = (): void => {
    if (!stopping.aborted) cut();
  };
  signal.addEventListener('abort', abort);
  kill.addEventListener('abort', cut);
  // Either may have come while the trigger was read.
  if (signal.aborted) abort();
  if (kill.aborted) cut();
  const end = (): void => {
    signal.removeEventListener('abort', abort);
    kill.removeEventListener('abort', cut);
  };
  return { signal: controller.signal, end };
};

/** The header that a name and password make, which targets send back as they got it. */
const basicOf = ({ username, password }: UrlCredentials): string =>
  Buffer.from(`${username}:${password}`).toString('base64');

/** Letters of the beginning of a secret that are hidden where a text breaks off within it. */
const LEAST_HIDDEN = 4;

/** A text without a secret, and without its beginning at the end of what was kept of an answer. */
const without = (text: string, secret: string): string => {
  const whole = text.replaceAll(secret, '***');
  if (!whole.endsWith('…')) return whole;
  for (let length = secret.length - 1; length >= LEAST_HIDDEN; length--)
    if (whole.endsWith(`${secret.slice(0, length)}…`)) return `${whole.slice(0, -length - 1)}***…`;
  return whole;
};

/** What is shown of an answer: some targets send back what they were sent. */
const masked = (text: string, { signing, named, credentials }: ParcelSecrets): string =>
  [
    ...[...signing, ...Object.values(named)],
    ...(credentials === undefined ? [] : [basicOf(credentials), credentials.password]),
  ]
    .filter((secret) => secret !== '')
    .reduce(without, text);

/** The secrets of a delivery; why they cannot be had otherwise. Nothing is sent without them. */
const openSecrets = async (
  { secretsOf }: Deliveries,
  trigger: EventTrigger,
): Promise<ParcelSecrets | string> => {
  try {
    return await secretsOf(trigger);
  } catch (error) {
    if (error instanceof SynergyError && error.code === 'SECRET_UNREADABLE') return error.message;
    throw error;
  }
};

/** Makes one attempt to deliver an execution, and logs it. */
const attempt = async (
  deliveries: Deliveries,
  parcel: Omit<Parcel, 'secrets'>,
  { trigger, scope, stopping }: { trigger: EventTrigger; scope: RunScope; stopping: AbortSignal },
): Promise<Receipt> => {
  const secrets = await openSecrets(deliveries, trigger);
  if (typeof secrets === 'string') {
    scope.log.write('log', `nothing was sent: ${secrets}`);
    // Another box may have the key, and a user may put it back.
    return retryLater(secrets);
  }
  const log = (text: string): void => scope.log.write('log', masked(text, secrets));
  const { signal, end } = untilCut(scope, stopping);
  try {
    let sent: Readonly<Record<string, string>> = {};
    const receipt = await deliveries.courier.deliver({ ...parcel, secrets }, signal, (line, headers = {}) => {
      log(`→ ${line}`);
      sent = headers;
    });
    // Those of what was delivered are known from the trigger; in a log of each they would be most of it.
    if (!receipt.ok || parcel.occasion === 'test') for (const line of shownHeaders(sent)) log(`→ ${line}`);
    log(`← ${receipt.summary}`);
    if (receipt.body) log(receipt.body);
    return { ...receipt, summary: masked(receipt.summary, secrets) };
  } finally {
    end();
  }
};

/** What all deliveries share. */
interface DeliveryTools extends RunnerTools {
  readonly readTrigger: TriggerReader;
}

const deliver = async (
  uow: UowRecord,
  scope: RunScope,
  tools: DeliveryTools,
): Promise<DeliveryVerdict | string> => {
  const { clock, stopping, deliveries } = tools;
  if (deliveries === undefined)
    throw new SynergyError('WORKER_FAILED', 'this worker has no courier for event triggers');
  const execution = executionOf(uow);
  if (execution === undefined) return 'is no execution of an event trigger';
  const trigger = await findTrigger(execution, tools.readTrigger);
  if (typeof trigger === 'string') return trigger;
  const { id, at, occasion, first } = execution;
  const expiresAt = expiryOf(execution, trigger);
  const number = attemptsOf(uow);
  const early = verdictAtClaim(number, { now: clock.now(), expiresAt }, uow.error);
  if (early !== undefined) return early;
  const { target, payload, retry } = trigger;
  const parcel = {
    ...{ executionId: id, messageId: messageIdOf(first, at), instance: deliveries.instance },
    ...{ trigger: execution.trigger, at, expiresAt, attempt: number, occasion, target, payload },
  };
  const receipt = await attempt(deliveries, parcel, { trigger, scope, stopping });
  const tried = { attempt: number, policy: retry, random: Math.random() };
  const judge = occasion === 'test' ? verdictOfTest : verdictOf;
  const verdict = judge(receipt, tried, { now: clock.now(), expiresAt });
  if (verdict.is === 'failed' && verdict.pause) await pause(execution, verdict.because, tools);
  return verdict;
};

/** Delivers executions of event triggers, one attempt a run, by the trigger as it is when that begins. */
export const eventRunner = (_: unknown, shared: RunnerTools): LiveRunner => {
  const tools = { ...shared, readTrigger: createTriggerReader(shared.store.collection(eventTriggerSpec)) };
  return {
    instant: false,
    logBytes: LOG_BYTES,
    async run({ uow }, scope) {
      const verdict = uow === null ? 'is no unit of work' : await deliver(uow, scope, tools);
      const outcome = typeof verdict === 'string' ? canceled(verdict) : outcomeOf(verdict);
      // Why there is another attempt stands in the answer.
      if (outcome.error !== null && outcome.retryAt === undefined) scope.log.note(outcome.error);
      // Where the worker stops, an attempt that came to its end counts.
      return { ...outcome, heedless: true };
    },
  };
};
