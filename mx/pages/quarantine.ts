import { failedLine } from '../present/failed-line.ts';
import { qualifiersOf } from '../present/job-chip.ts';
import { countText } from '../present/number-text.ts';
import { definePage } from './page.ts';

const MAX_UNITS = 200;

/** Every unit of work that waits for a person. */
export const quarantinePage = definePage({
  path: '/quarantine',
  open: async ({ api, clock }) => {
    const [units, { quarantined }] = await Promise.all([
      api.uows({ quarantined: true, limit: MAX_UNITS }),
      api.overview(),
    ]);
    const now = clock.now();
    const qualifiers = qualifiersOf(api.trees());
    const model = {
      units: units.map((uow) => failedLine(uow, now, qualifiers)),
      total: countText(quarantined),
      hidden: Math.max(0, quarantined - units.length),
    };
    return { view: 'quarantine', title: 'Quarantine', model };
  },
});
