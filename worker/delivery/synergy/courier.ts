import type { Parcel } from '../../../domain/event/envelope.ts';
import type { SynergyAddress } from '../../../domain/event/target-address.ts';
import type { Receipt } from '../../../domain/event/verdict.ts';
import type { JsonObject } from '../../../domain/model/process.ts';
import type { CommandRecord } from '../../../domain/model/record.ts';
import { oneLine } from '../../../domain/one-line.ts';
import { endedCommand, leaveCommand } from '../../commands.ts';
import type { CommandTools } from '../../commands.ts';
import { addressOf } from '../address.ts';
import { attemptTo } from '../attempt.ts';
import { hopeless, retryLater } from '../courier.ts';
import type { Courier, CourierOptions } from '../courier.ts';
import { orAborted } from '../or-aborted.ts';

const success = (summary: string): Receipt => ({ ok: true, retry: false, summary });

/** What the result of a command that was refused says. */
interface Refusal {
  readonly message?: string;
}

/** What the result of one that was carried out says. */
interface Fired {
  readonly outcome?: string;
  /** The unit of the firing, or the one that is in its way. */
  readonly uow?: string | null;
  readonly because?: string;
}

/** What became of a firing. The same command answers the same however often it is sent. */
const receiptOf = ({ state, result }: CommandRecord): Receipt => {
  if (state === 'refused') return hopeless((result as Refusal | null)?.message ?? 'refused without a word');
  const { outcome, uow, because } = (result ?? {}) as Fired;
  switch (outcome) {
    case 'ring':
      return success(`nothing new: ${uow ?? 'the last one'} still waits for a worker`);
    case 'buffer':
      return success(`owed until ${uow ?? 'the last one'} has ended`);
    case 'drop':
      return hopeless(`not fired: ${because ?? 'the last one has not ended'}`);
    default:
      return success(`fired: ${uow ?? 'without a unit of work'}`);
  }
};

/** Has an entry fired, by a command whose id stands for the execution: sent again, it is the one that is known. */
const fire = async (
  scheduler: CommandTools,
  { executionId, trigger: { owner, id }, payload }: Parcel,
  { address, signal }: { readonly address: SynergyAddress; readonly signal: AbortSignal },
): Promise<Receipt> => {
  const { processName, entryName } = address;
  const command = {
    id: `event/${executionId}`,
    kind: 'fire-freerun',
    arguments: { processName, entryName, ...(payload !== null && { arguments: payload as JsonObject }) },
    actor: owner,
    reason: `event trigger ${owner}/${id}`,
  };
  try {
    await leaveCommand(scheduler, command);
    return receiptOf(await endedCommand(scheduler, command.id, signal));
  } catch (error) {
    signal.throwIfAborted();
    return retryLater(`no answer: ${oneLine(error instanceof Error ? error.message : String(error))}`);
  }
};

/** Has the scheduler of this installation fire free-run entries. */
export const createSynergyCourier = ({ scheduler }: CourierOptions): Courier => {
  const closing = new AbortController();
  return {
    async deliver(parcel, signal, sending) {
      signal.throwIfAborted();
      return attemptTo(parcel, signal, async (limit) => {
        const address = addressOf(parcel.target.url, 'synergy');
        sending(`fire ${address.processName} ${address.entryName}`);
        const over = new AbortController();
        try {
          const fired = fire(scheduler, parcel, { address, signal: over.signal });
          return await orAborted(orAborted(fired, limit), closing.signal);
        } finally {
          over.abort();
        }
      });
    },
    close: () => Promise.resolve(closing.abort(new Error('the worker stops'))),
  };
};
