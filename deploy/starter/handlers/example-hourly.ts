import type { Handler } from 'synergy-scheduler';

/** Called once per hour. Throw to have it tried again; the same hour may come twice, so write idempotently. */
const exampleHourly: Handler = async (uow, { log }) => {
  log(`working on ${uow.timeperiod}`);
  const rows = await Promise.resolve(42);
  return { processed: rows };
};

export default exampleHourly;
