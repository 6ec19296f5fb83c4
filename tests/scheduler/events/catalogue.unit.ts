import assert from 'node:assert/strict';
import { putTrigger, pauseTrigger } from '../../../domain/event/trigger.ts';
import type { EventTrigger, TriggerInput } from '../../../domain/event/trigger.ts';
import { TriggerCatalogue } from '../../../scheduler/events/catalogue.ts';
import { inputOf } from '../../domain/event/facts.ts';

const trigger = (id: string, given: Partial<TriggerInput> = {}): EventTrigger =>
  putTrigger(undefined, inputOf({ id, schedule: 'every 1h', ...given }), 0).trigger;

const catalogueOf = (...triggers: readonly EventTrigger[]): TriggerCatalogue => {
  const catalogue = new TriggerCatalogue();
  for (const each of triggers) catalogue.put(each);
  return catalogue;
};
const all = { limit: 10 };
const ids = (keys: readonly { readonly id: string }[]): string[] => keys.map(({ id }) => id);

describe('the catalogue of event triggers', () => {
  it('finds them by a part of all that people know of them, in whatever case', () => {
    const catalogue = catalogueOf(
      trigger('a-1', { name: 'Nightly Report' }),
      trigger('b-2', { labels: { team: 'Billing' } }),
      trigger('c-3', { schedule: 'at 02:30' }),
    );
    for (const [q, found] of [
      ['NIGHTLY', ['a-1']],
      ['team: bill', ['b-2']],
      ['02:30', ['c-3']],
      ['-', ['a-1', 'b-2', 'c-3']],
      ['nothing', []],
    ] as const)
      assert.deepEqual(ids(catalogue.find({ q }, all)), found, q);
  });

  it('finds them by a label and by a part of the address of their target', () => {
    const catalogue = catalogueOf(
      trigger('team', { name: 'team: billing', labels: { team: 'billing', place: 'a: b' } }),
      trigger('other', { labels: { team: 'billing two' } }),
    );
    for (const [filter, found] of [
      [{ label: 'team' }, ['other', 'team']],
      [{ label: 'team: Billing' }, ['team']],
      [{ label: 'place:a: b' }, ['team']],
      [{ label: 'bill' }, []],
      [{ target: 'Example.org/hook' }, ['other', 'team']],
      [{ target: 'team' }, []],
    ] as const)
      assert.deepEqual(ids(catalogue.find(filter, all)), found, JSON.stringify(filter));
  });

  it('goes on behind a key, by the owner and then by the id', () => {
    const owned = [
      trigger('z', { owner: 'a' }),
      trigger('a', { owner: 'a-b' }),
      trigger('b', { owner: 'a' }),
    ];
    const catalogue = catalogueOf(...owned);
    const page = (after?: EventTrigger) => catalogue.find({}, { limit: 2, ...(after && { after }) });
    assert.deepEqual(ids(page()), ['b', 'z']);
    assert.deepEqual(ids(page(owned[0])), ['a']);
    assert.deepEqual(ids(catalogue.find({ owner: 'a' }, all)), ['b', 'z']);
  });

  it('keeps the first of very many', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => trigger(`t-${String(5_000 - n).padStart(4, '0')}`));
    assert.deepEqual(ids(catalogueOf(...many).find({}, { limit: 3 })), ['t-0001', 't-0002', 't-0003']);
  });

  it('counts by state, and knows of changes and of what is gone', () => {
    const ended = { ...trigger('ended'), endedAt: 5 };
    const catalogue = catalogueOf(trigger('a'), trigger('b'), ended);
    assert.deepEqual(catalogue.count({}), { on: 2, paused: 0, ended: 1 });
    catalogue.put(pauseTrigger(trigger('a'), 'why', 1).trigger);
    catalogue.drop({ owner: 'local', id: 'b' });
    assert.deepEqual(catalogue.count({}), { on: 0, paused: 1, ended: 1 });
    assert.deepEqual(ids(catalogue.find({ states: ['paused'] }, all)), ['a']);
    assert.deepEqual(ids(catalogue.find({ states: ['paused', 'ended'] }, all)), ['a', 'ended']);
    assert.equal(catalogue.matches({ owner: 'local', id: 'a' }, { q: 'A' }), true);
    assert.equal(catalogue.matches({ owner: 'local', id: 'a' }, { owner: 'ann' }), false);
    assert.equal(catalogue.matches({ owner: 'local', id: 'b' }, {}), false);
  });
});
