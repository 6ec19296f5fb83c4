import assert from 'node:assert/strict';
import { handlerUow } from '../../../domain/model/handler-uow.ts';
import { freshUow } from '../../support/records.ts';

describe('what of a unit of work its worker is shown', () => {
  it('is what it has to work on, and neither its state nor its token', () => {
    const uow = freshUow('u1', { arguments: { a: 1 }, startId: 3, endId: 9, token: 'secret', attempt: 2 });
    assert.deepEqual(handlerUow(uow), {
      id: 'u1',
      processName: 'SiteHourly',
      entryName: null,
      timeperiod: '2015060100',
      startTimeperiod: '2015060100',
      endTimeperiod: '2015060101',
      startId: 3,
      endId: 9,
      source: null,
      sink: null,
      arguments: { a: 1 },
      attempt: 2,
    });
  });
});
