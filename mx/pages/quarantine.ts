import { z } from 'zod';
import { uowId } from '../../scheduler/commands/command-table.ts';
import { failedLine } from '../present/failed-line.ts';
import { qualifiersOf } from '../present/job-chip.ts';
import { countText } from '../present/number-text.ts';
import { definePage } from './page.ts';

/** Units of one page. */
const PAGE = 200;

/** Every unit of work that waits for a person. */
export const quarantinePage = definePage({
  path: '/quarantine',
  query: z.strictObject({ after: uowId.exactOptional() }),
  open: async ({ api, clock }, page) => {
    const [found, { quarantined }] = await Promise.all([
      api.uows({ ...page, quarantined: true, limit: PAGE + 1 }),
      api.overview(),
    ]);
    const units = found.slice(0, PAGE);
    const last = units.at(-1);
    const now = clock.now();
    const qualifiers = qualifiersOf(api.trees());
    const model = {
      units: units.map((uow) => failedLine(uow, now, qualifiers)),
      total: countText(quarantined),
      first: page.after === undefined ? undefined : '/quarantine',
      next:
        found.length > PAGE && last
          ? `/quarantine?${new URLSearchParams({ after: last.id }).toString()}`
          : undefined,
    };
    return { view: 'quarantine', title: 'Quarantine', model };
  },
});
