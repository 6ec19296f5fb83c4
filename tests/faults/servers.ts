import { startMongoServer, whyNoOwnMongo } from '../support/mongo-server.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';

/** The servers of a run; each world has a database and a virtual host of its own in them. */
export interface Servers {
  readonly mongo: MongoServer;
  readonly rabbit: RabbitServer;
  /** Settings for a world of its own. */
  addresses(): Promise<Addresses>;
  stop(): Promise<void>;
}

/** Where store and queue are, as the settings say it. */
export interface Addresses {
  readonly store: string;
  readonly queue: string;
}

/** Something between a world and its servers: where the world finds it. */
export interface Detour extends Addresses {
  close(): Promise<void>;
}

/** Why there are no servers to be had here; undefined when there are. */
export const noServers: string | undefined = whyNoOwnMongo() ?? noRabbitServer;

export const startServers = async (): Promise<Servers> => {
  const [mongo, rabbit] = await Promise.all([startMongoServer(), startRabbitServer()]);
  let databases = 0;
  return {
    mongo,
    rabbit,
    addresses: async () => ({ store: mongo.url(`faults${++databases}`), queue: await rabbit.vhost() }),
    stop: async () => {
      await Promise.all([mongo.stop(), rabbit.dispose()]);
    },
  };
};
