import { randomUUID } from 'node:crypto';
import type { ConfirmChannel } from 'amqplib';
import { SynergyError } from '../../domain/errors.ts';
import { plural } from '../../domain/plural.ts';
import { within } from '../../lib/sleep.ts';
import { isRefusal, toFailure } from './failure.ts';
import { PATIENCE } from './connection.ts';
import type { RabbitConnection } from './connection.ts';
import { declareExchanges, declareQueue, exchangeOf } from './topology.ts';

/** Tries before a server that answers, but never with a confirmation, is given up. */
const MOST_TRIES = 3;

interface Batch {
  readonly queue: string;
  readonly bodies: readonly string[];
}

/** A channel, and what was returned of each batch that waits for its confirmations. */
interface OpenOutlet {
  readonly channel: ConfirmChannel;
  readonly returned: Map<string, string[]>;
}

/** Publishes over the connections of a link, whichever there is. */
export const createPublisher = (connection: RabbitConnection) => {
  const outlet = createOutlet(connection);
  const attempt = createAttempt(connection, outlet);
  const underWay = new Set<Promise<void>>();
  const persist = async (state: { late: boolean }, batch: Batch): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt(batch);
      } catch (error) {
        const failure = toFailure(error, connection.label);
        // A connection that broke leaves open what arrived: repeating a ring does no harm.
        if (isRefusal(failure) || tries === MOST_TRIES || state.late) throw failure;
      }
    }
  };
  const publish = async (batch: Batch): Promise<void> => {
    const state = { late: false };
    await within(PATIENCE, persist(state, batch), () => {
      state.late = true;
      if (connection.trouble) throw connection.trouble;
      // It is connected and silent, which may go on for ever on this channel.
      outlet.drop();
      throw new SynergyError(
        'QUEUE_UNREACHABLE',
        `RabbitMQ at ${connection.label} has not confirmed ${plural(batch.bodies.length, 'message')} to '${batch.queue}' within ${PATIENCE} ms: see whether it is overloaded, or the queue has lost its leader (rabbitmq-queues quorum_status)`,
      );
    });
  };
  return {
    /**
     * Resolves once the server has confirmed every message, rejects after PATIENCE at the latest. What was rejected may
     * still have arrived, and what was resolved may have arrived twice: the store is the truth.
     */
    publish: async (queue: string, bodies: readonly string[]): Promise<void> => {
      if (bodies.length === 0) return;
      const work = publish({ queue, bodies }).finally(() => underWay.delete(work));
      underWay.add(work);
      await work;
    },
    /** Waits for what is under way. */
    idle: async (): Promise<void> => {
      await Promise.allSettled(underWay);
    },
  };
};

/** Publishes once, and once more what finds no queue. */
const createAttempt =
  (connection: RabbitConnection, outlet: ReturnType<typeof createOutlet>) =>
  async ({ queue, bodies }: Batch): Promise<void> => {
    const open = await outlet.open();
    const homeless = await send(open, { queue, bodies });
    if (homeless.length === 0) return;
    // The queue was deleted, or never declared.
    await declareQueue(open.channel, queue);
    const left = await send(open, { queue, bodies: homeless });
    if (left.length === 0) return;
    throw new SynergyError(
      'QUEUE_REFUSED',
      `RabbitMQ at ${connection.label} finds no way to queue '${queue}' (${plural(left.length, 'message')} returned): see whether a user or a program removes its binding to ${exchangeOf(queue)}`,
    );
  };

const openOutlet = async (connection: RabbitConnection, ended: () => void): Promise<OpenOutlet> => {
  const { model } = await connection.usable();
  const channel = await model.createConfirmChannel();
  const returned = new Map<string, string[]>();
  channel.on('error', () => undefined);
  channel.on('return', ({ content, properties }) => {
    returned.get(String(properties.messageId))?.push(content.toString());
  });
  channel.once('close', ended);
  await declareExchanges(channel);
  return { channel, returned };
};

/** The channel of the present connection, made when it is asked for. */
const createOutlet = (connection: RabbitConnection) => {
  let current: Promise<OpenOutlet> | undefined;
  return {
    open: async (): Promise<OpenOutlet> => {
      // A server that blocks confirms nothing, and everything sent to it would arrive later, and again.
      await connection.usable();
      if (current !== undefined) return await current;
      const forget = (): void => {
        if (current === opening) current = undefined;
      };
      const opening = openOutlet(connection, forget);
      opening.catch(forget);
      current = opening;
      return await opening;
    },
    /** Gives the channel up. */
    drop: (): void => {
      current?.then(({ channel }) => channel.close()).catch(() => undefined);
      current = undefined;
    },
  };
};

/** Publishes and resolves with what found no queue; rejects when the server did not confirm something. */
const send = ({ channel, returned }: OpenOutlet, { queue, bodies }: Batch): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const batch = randomUUID();
    const homeless: string[] = [];
    returned.set(batch, homeless);
    let open = bodies.length;
    const confirmed = (error: Error | null): void => {
      open--;
      if (open > 0 && error === null) return;
      returned.delete(batch);
      if (error === null) resolve(homeless);
      else reject(error);
    };
    const exchange = exchangeOf(queue);
    const options = { persistent: true, mandatory: true, messageId: batch };
    for (const body of bodies) channel.publish(exchange, queue, Buffer.from(body), options, confirmed);
  });
