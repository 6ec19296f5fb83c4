import { z } from 'zod';
import { withQuery } from '../present/link.ts';
import { pagerOf, readPage } from '../present/pager.ts';
import { reportLine } from '../present/report-line.ts';
import { definePage } from './page.ts';

/** Reports of one page. */
const PAGE = 100;

const place = z.coerce.number().int().min(1).exactOptional();

/** Reports that came too late or from a replaced worker. */
export const rejectedPage = definePage({
  path: '/rejected-reports',
  query: z.strictObject({ before: place, after: place }),
  open: async ({ api }, turn) => {
    const page = await readPage(turn, PAGE, (order, cursor, limit) =>
      api.rejectedReports(limit, { order, ...(cursor !== undefined && { after: cursor }) }),
    );
    const model = {
      reports: page.rows.map(reportLine),
      pager: pagerOf(
        page,
        ({ sequence }) => sequence,
        (to) => withQuery('/rejected-reports', { ...to }),
      ),
    };
    return { view: 'rejected', title: 'Rejected reports', model };
  },
});
