import type { Clock } from '../domain/clock.ts';
import { SynergyError } from '../domain/errors.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { redactUrl } from '../domain/redact-url.ts';
import { shareConnection } from '../sqlite/connection.ts';
import { createEmbeddedQueue } from './embedded/queue.ts';
import type { Queue } from './queue.ts';

export interface QueueOptions {
  /** Folder of this installation's files; made when it does not exist. */
  readonly dataDir: string;
  readonly clock: Clock;
}

/** How each adapter opens what a setting names; the key is the setting, or its part before `://`. */
const adapters: Readonly<Record<string, (url: string, options: QueueOptions) => Promise<Queue>>> = {
  // Loaded when it is asked for: an installation without servers starts without their libraries.
  amqp: async (url) => (await import('./rabbit/queue.ts')).openRabbitQueue(url),
  amqps: async (url) => (await import('./rabbit/queue.ts')).openRabbitQueue(url),
  embedded: async (_, { dataDir, clock }) => createEmbeddedQueue(await shareConnection(dataDir), clock),
};

/**
 * Opens the queue that a setting names: `embedded`, or `amqp://…`, a RabbitMQ server. Throws `INVALID_SETTING` for a
 * name that is unknown, and what the adapter throws.
 */
export const openQueue = async (url: string, options: QueueOptions): Promise<Queue> => {
  const [name = ''] = url.split('://');
  const open = Object.hasOwn(adapters, name) ? adapters[name] : undefined;
  if (open !== undefined) return await open(url, options);
  const known = Object.keys(adapters);
  throw new SynergyError(
    'INVALID_SETTING',
    `queue '${redactUrl(url)}' is unknown: expected one of ${known.join(', ')}${didYouMean(name, known)}`,
  );
};
