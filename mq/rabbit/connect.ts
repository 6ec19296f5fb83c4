import { connect } from 'amqplib';
import type { ChannelModel } from 'amqplib';
import type { Address } from './address.ts';
import { checkServer, toFailure } from './failure.ts';

/** Milliseconds a server may take to greet. */
const CONNECT_TIMEOUT = 5_000;

/** One connection to the server, from its opening to its end. */
export interface Session {
  readonly model: ChannelModel;
  /** Resolves when it is over. */
  readonly ended: Promise<void>;
  /** Ends it at once, whether the server listens or not. */
  cut(): void;
}

/** Connects once; gives up when the signal aborts. Rejects with `QUEUE_UNREACHABLE` or `QUEUE_REFUSED`. */
export const openSession = async ({ options, label }: Address, signal?: AbortSignal): Promise<Session> => {
  const cutter = new AbortController();
  const cut = (): void => cutter.abort();
  signal?.addEventListener('abort', cut);
  const socket = {
    // Without it small frames wait for the acknowledgement of those before: 40 ms.
    noDelay: true,
    timeout: CONNECT_TIMEOUT,
    clientProperties: { connection_name: 'synergy' },
    signal: cutter.signal,
  };
  try {
    const model = await connect(options, socket);
    // It is always followed by the close, and would end the process without a listener.
    model.on('error', () => undefined);
    const ended = new Promise<void>((resolve) => {
      model.once('close', () => {
        resolve();
        // The library leaves a socket half open that gets no answer.
        cut();
      });
    });
    const { product, version } = model.connection.serverProperties;
    checkServer({ product, version }, label);
    return { model, ended, cut };
  } catch (error) {
    cut();
    throw toFailure(error, label);
  } finally {
    signal?.removeEventListener('abort', cut);
  }
};
