const POLL = 100;

/** Looks again and again until `done` says so; false when that takes longer than `limit` ms. */
export const waitUntil = async (done: () => boolean | Promise<boolean>, limit: number): Promise<boolean> => {
  const deadline = Date.now() + limit;
  while (!(await done())) {
    if (Date.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  return true;
};
