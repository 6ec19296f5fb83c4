import type { Filter } from 'mongodb';
import type { Store, UowFilter } from '../store.ts';
import { boundsOf, isOldestFirst, statesByDue } from '../uow-page.ts';
import type { UowPlace } from '../uow-page.ts';
import type { MongoConnection } from './connection.ts';
import { outside } from './outside.ts';
import { toUow } from './records.ts';
import type { UowDoc } from './records.ts';

/** Finds units of work in the order in which they were made. */
export const createFindUows = ({ collection, ride }: MongoConnection): Store['findUows'] => {
  const units = collection<UowDoc>('unit_of_work');
  const placeOf = (_id: string): Promise<UowPlace | null> =>
    ride(() => units.findOne({ _id }, { projection: { createdAt: 1, order: 1 } }));
  return async (filter) => {
    const { after, limit = 0 } = filter;
    const last = after === undefined ? undefined : await placeOf(after);
    if (last === null) return [];
    const { queries, sort } = uowQueries(filter, last);
    const found = await Promise.all(
      queries.map((query) => ride(() => units.find(query).sort(sort).limit(limit).toArray())),
    );
    const inOrder = (a: UowPlace, b: UowPlace): number =>
      sort.createdAt * (a.createdAt - b.createdAt || a.order - b.order);
    // Of one query, as most are, they are in order already.
    return found
      .flat()
      .sort(inOrder)
      .slice(0, limit === 0 ? undefined : limit)
      .map(toUow);
  };
};

/** A query for each index that serves, of which none finds what another one does, and the order of them all. */
export const uowQueries = (filter: UowFilter, last: UowPlace | undefined) => {
  const sign = isOldestFirst(filter) ? 1 : -1;
  return { queries: queriesOf(filter, last), sort: { createdAt: sign, order: sign } } as const;
};

const queriesOf = (filter: UowFilter, last: UowPlace | undefined): Filter<UowDoc>[] => {
  const { processName, timeperiod, entryName } = filter;
  const given = Object.entries({ processName, timeperiod, entryName }).filter(
    ([, value]) => value !== undefined,
  );
  const shared: Filter<UowDoc> = {
    ...Object.fromEntries(given),
    // Free-run units alone are of an entry, and an index has no others.
    ...(entryName !== undefined && { kind: 'freerun' as const }),
    ...inTime(filter, last),
    ...outside('_id', filter.except),
  };
  const states = statesByDue(filter);
  if (states === undefined) return [shared];
  const { settled, due } = states;
  return [
    ...(settled.length > 0 ? [{ ...shared, state: { $in: [...settled] }, dueAt: null }] : []),
    ...(due.length > 0
      ? [
          {
            ...shared,
            unprocessed: true,
            state: { $in: [...due] },
            ...(due.includes('INVALID') && { dueAt: { $ne: null } }),
          },
        ]
      : []),
  ];
};

/** The bound on the date alone is what an index goes by. */
const inTime = (filter: UowFilter, last: UowPlace | undefined): Filter<UowDoc> => {
  const { from, to, beyond } = boundsOf(filter, last);
  const isForward = isOldestFirst(filter);
  const createdAt = {
    ...(from !== undefined && { $gte: from }),
    ...(to !== undefined && { $lt: to }),
    ...(beyond && { [isForward ? '$gte' : '$lte']: beyond.createdAt }),
  };
  const further = isForward ? '$gt' : '$lt';
  return {
    ...(Object.keys(createdAt).length > 0 && { createdAt }),
    ...(beyond && {
      $or: [
        { createdAt: { [further]: beyond.createdAt } },
        { createdAt: beyond.createdAt, order: { [further]: beyond.order } },
      ],
    }),
  };
};
