import { startMongoServer, whyNoMongo } from '../../tests/support/mongo-server.ts';

/** Runs a MongoDB server of its own for as long as `use` takes, which gets addresses of databases with nothing in them. */
export const withMongo = async <T>(use: (database: () => string) => Promise<T>): Promise<T> => {
  const missing = whyNoMongo();
  if (missing !== undefined) throw new Error(missing);
  const server = await startMongoServer();
  let databases = 0;
  try {
    return await use(() => server.url(`bench${++databases}`));
  } finally {
    await server.stop();
  }
};
