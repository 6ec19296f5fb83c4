import type { UowRecord } from '../../domain/model/record.ts';
import { nothing } from '../http/input.ts';
import { failedLine } from '../present/failed-line.ts';
import type { FailedLine } from '../present/failed-line.ts';
import { qualifiersOf } from '../present/job-chip.ts';
import type { Qualifiers } from '../present/job-chip.ts';
import { countText } from '../present/number-text.ts';
import { definePage } from './page.ts';

/** What the page of the quarantine shows. */
export interface QuarantineModel {
  readonly units: readonly FailedLine[];
  readonly total: string;
  readonly hidden: number;
}

const MAX_UNITS = 200;

/** Every unit of work that waits for a person. Pure. */
export const present = (
  { units, total }: { readonly units: readonly UowRecord[]; readonly total: number },
  now: number,
  qualifiers: Qualifiers,
): QuarantineModel => ({
  units: units.map((uow) => failedLine(uow, now, qualifiers)),
  total: countText(total),
  hidden: Math.max(0, total - units.length),
});

export const quarantinePage = definePage({
  path: '/quarantine',
  params: nothing,
  query: nothing,
  open: async ({ api, clock }) => {
    const [units, { quarantined }] = await Promise.all([
      api.uows({ quarantined: true, limit: MAX_UNITS }),
      api.overview(),
    ]);
    const model = present({ units, total: quarantined }, clock.now(), qualifiersOf(api.trees()));
    return { view: 'quarantine', title: 'Quarantine', model };
  },
});
