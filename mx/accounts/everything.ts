import type { AccountPage } from '../../scheduler/accounts/api.ts';

/** Records asked for at a time, and at most. */
const PAGE = 200;
const MOST = 5_000;

/** All of a list, page by page; beyond a few thousand what follows is left out. */
export const everything = async <T>(
  list: (page: AccountPage) => Promise<readonly T[]>,
  keyOf: (record: T) => string,
): Promise<readonly T[]> => {
  const found: T[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await list({ limit: PAGE, ...(last !== undefined && { after: keyOf(last) }) });
    found.push(...page);
    if (page.length < PAGE || found.length >= MOST) return found;
  }
};
