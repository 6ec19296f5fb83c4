import { connect } from 'amqplib';
import type { ChannelModel, ConfirmChannel, Options } from 'amqplib';
import type { LookupFunction } from 'node:net';
import { sleep, within } from '../../../lib/sleep.ts';

/** Milliseconds a broker may take for each step of a greeting. */
const CONNECT_TIMEOUT = 5000;
/** Seconds between signs of life. */
const HEARTBEAT = 10;
/** Until a broker that did not answer is asked again, ms: attempts meanwhile fail with the same words. */
const PAUSE = 1000;
/** Milliseconds for a friendly goodbye. */
const CLOSE_TIMEOUT = 2000;

/** A channel with confirmations, to one exchange: an exchange that is not there closes it. */
export interface Outlet {
  readonly channel: ConfirmChannel;
  /** Ids of messages that the broker returned. */
  readonly returned: Set<string>;
  /** What it said as it closed the channel. */
  trouble: Error | undefined;
}

interface Session {
  readonly model: ChannelModel;
  cut(): void;
}

const openSession = async (
  options: Options.Connect,
  lookup: LookupFunction,
  closing: AbortSignal,
): Promise<Session> => {
  const cutter = new AbortController();
  const cut = (): void => cutter.abort();
  closing.addEventListener('abort', cut);
  const socket = {
    // Without it small frames wait for the acknowledgement of those before: 40 ms.
    noDelay: true,
    timeout: CONNECT_TIMEOUT,
    clientProperties: { connection_name: 'synergy events' },
    signal: cutter.signal,
    lookup,
  };
  try {
    const model = await connect({ ...options, heartbeat: HEARTBEAT }, socket);
    // It is always followed by the close, and would end the process without a listener.
    model.on('error', () => undefined);
    return { model, cut };
  } catch (error) {
    cut();
    throw error;
  } finally {
    closing.removeEventListener('abort', cut);
  }
};

const openOutlet = async ({ model }: Session): Promise<Outlet> => {
  const channel = await model.createConfirmChannel();
  const outlet: Outlet = { channel, returned: new Set(), trouble: undefined };
  channel.on('error', (error: Error) => (outlet.trouble = error));
  channel.on('return', ({ properties }) => outlet.returned.add(String(properties.messageId)));
  return outlet;
};

/** A value made when it is asked for, and again once it was forgotten. */
const remembered = <T>(make: (forget: () => void) => Promise<T>) => {
  let current: Promise<T> | undefined;
  return {
    get: (): Promise<T> => {
      if (current !== undefined) return current;
      const making = make(() => {
        if (current === making) current = undefined;
      });
      making.catch(() => undefined);
      return (current = making);
    },
    /** The one that there is. */
    peek: () => current,
  };
};

/** One connection to a broker, opened when it is needed, with a channel to each exchange. */
export const createLink = (options: Options.Connect, lookup: LookupFunction) => {
  const outlets = new Map<string, ReturnType<typeof remembered<Outlet>>>();
  const closing = new AbortController();
  const session = remembered(async (forget) => {
    try {
      const opened = await openSession(options, lookup, closing.signal);
      opened.model.once('close', () => {
        outlets.clear();
        opened.cut();
        forget();
      });
      return opened;
    } catch (error) {
      void sleep(PAUSE, closing.signal).then(forget);
      throw error;
    }
  });
  const outletTo = (): ReturnType<typeof remembered<Outlet>> =>
    remembered(async (forget) => {
      try {
        const outlet = await openOutlet(await session.get());
        outlet.channel.once('close', forget);
        return outlet;
      } catch (error) {
        forget();
        throw error;
      }
    });
  return {
    outlet: (exchange: string): Promise<Outlet> => {
      const known = outlets.get(exchange) ?? outletTo();
      outlets.set(exchange, known);
      return known.get();
    },
    close: async (): Promise<void> => {
      closing.abort();
      const open = await session.peek()?.catch(() => undefined);
      if (open === undefined) return;
      await within(CLOSE_TIMEOUT, open.model.close()).catch(() => undefined);
      open.cut();
    },
  };
};

export type AmqpLink = ReturnType<typeof createLink>;
