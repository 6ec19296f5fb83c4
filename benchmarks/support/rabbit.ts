import { noRabbitServer, startRabbitServer } from '../../tests/support/rabbit-server.ts';

/** Runs a RabbitMQ server of its own for as long as `use` takes, which gets a way to make empty virtual hosts. */
export const withRabbit = async <T>(use: (vhost: () => Promise<string>) => Promise<T>): Promise<T> => {
  if (noRabbitServer !== undefined) throw new Error(noRabbitServer);
  const server = await startRabbitServer();
  try {
    return await use(() => server.vhost());
  } finally {
    await server.dispose();
  }
};
