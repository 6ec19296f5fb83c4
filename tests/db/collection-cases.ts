import assert from 'node:assert/strict';
import type { ArrivalSpec, CollectionSpec } from '../../db/collection.ts';
import type { Store } from '../../db/store.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { StoreFixture } from './store-contract.ts';

interface Note {
  readonly owner: string;
  readonly name: string;
  readonly state: 'new' | 'read';
  readonly version: number;
  readonly pinned: boolean;
  readonly text: string | null;
  readonly body: JsonObject | null;
}

/** Of a kind that no adapter has heard of. */
const noteSpec: CollectionSpec<Note, 'owner' | 'name'> = {
  name: 'test_note',
  key: ['owner', 'name'],
  fields: {
    owner: 'text',
    name: 'text',
    state: ['new', 'read'],
    version: 'number',
    pinned: 'flag',
    text: 'text?',
    body: 'object?',
  },
  indexes: ['state'],
};

interface Order {
  readonly id: string;
  readonly state: 'open' | 'done';
}

const orderSpec: ArrivalSpec<Order, 'id'> = {
  name: 'test_order',
  key: ['id'],
  fields: { id: 'text', state: ['open', 'done'] },
  byArrival: true,
  indexes: ['state'],
};

const note = (name: string, other: Partial<Note> = {}): Note => ({
  ...{ owner: 'ann', name, state: 'new', version: 1, pinned: false, text: null, body: null },
  ...other,
});

/** What every store has to do with records of any kind that is kept by a key. */
export const collectionCases = (fixture: () => StoreFixture): void => {
  describe('collections', () => {
    const notes = (store: Store = fixture().store) => store.collection(noteSpec);
    const orders = () => fixture().store.collection(orderSpec);
    const names = (found: readonly Note[]): string[] => found.map(({ name }) => name);

    it('answer the records of many keys, those that there are', async () => {
      assert.deepEqual(await notes().getAll([{ owner: 'ann', name: 'a' }]), []);
      const all = Array.from({ length: 250 }, (_, i) => note(`n${i}`, { owner: i % 2 ? 'ann' : 'a/b' }));
      await Promise.all(all.map((one) => notes().put(one)));
      assert.deepEqual(await notes().getAll([]), []);
      const wanted = all.slice(10);
      const found = new Map(
        (await notes().getAll([...wanted, note('missing')])).map((one) => [one.name, one]),
      );
      assert.equal(found.size, wanted.length);
      for (const one of wanted) assert.deepEqual(found.get(one.name), one);
    });

    it('keep records of a new kind, the last writer winning', async () => {
      assert.equal(await notes().get(note('a')), undefined);
      assert.deepEqual(await notes().list(), []);
      const odd = note('a', { pinned: true, text: '"\u2028ü%/', body: { 'a.$b': [1.5, { c: null }] } });
      await notes().put(note('a'));
      await notes().put(odd);
      await notes().put(note('b'));
      assert.deepEqual(await notes().get({ owner: 'ann', name: 'a' }), odd);
      assert.deepEqual(await notes().list(), [odd, note('b')]);
      assert.equal(await notes().remove(odd), true);
      assert.equal(await notes().remove(odd), false);
      assert.deepEqual(await notes().list(), [note('b')]);
    });

    it('read what was written before a field was added to the spec', async () => {
      await notes().put(note('a'));
      const later: CollectionSpec<
        Note & { readonly due: number | null; readonly rank: number },
        'owner' | 'name'
      > = {
        ...noteSpec,
        fields: { ...noteSpec.fields, due: 'number?', rank: 'number' },
        indexes: ['state', 'rank'],
        added: { due: () => null, rank: ({ version }) => version * 10 },
      };
      const after = (await fixture().connect()).collection(later);
      assert.deepEqual(await after.list(), [{ ...note('a'), due: null, rank: 10 }]);
      await after.put({ ...note('b'), due: 5, rank: 7 });
      assert.deepEqual(await after.list({ where: { rank: 7 } }), [{ ...note('b'), due: 5, rank: 7 }]);
      assert.equal(await after.compareAndSet(note('a'), { version: 1 }, { due: 6, rank: 8 }), true);
      assert.deepEqual(await after.get(note('a')), { ...note('a'), due: 6, rank: 8 });
    });

    it('tell keys apart, whatever is in them', async () => {
      const keys = [
        ['a/b', 'c'],
        ['a', 'b/c'],
        ['a', 'b%2Fc'],
      ] as const;
      for (const [owner, name] of keys) assert.equal(await notes().insertNew(note(name, { owner })), true);
      assert.equal((await notes().list()).length, keys.length);
    });

    it('let one of those who insert a record at once win', async () => {
      const other = await fixture().connect();
      const tries = [1, 2, 3, 4, 5, 6].map((version) =>
        notes(version % 2 === 0 ? other : undefined).insertNew(note('a', { version })),
      );
      const outcomes = await Promise.all(tries);
      const version = outcomes.indexOf(true) + 1;
      assert.equal(outcomes.filter(Boolean).length, 1);
      assert.deepEqual(await notes().list(), [note('a', { version })]);
    });

    it('let one of those who change the same version win, and refuse a stale one', async () => {
      const other = await fixture().connect();
      await notes().put(note('a'));
      const change = (store: Store | undefined, version: number, text: string): Promise<boolean> =>
        notes(store).compareAndSet(note('a'), { version }, { version: version + 1, text });
      const outcomes = await Promise.all(
        ['0', '1', '2', '3'].map((text) => change(text < '2' ? other : undefined, 1, text)),
      );
      assert.equal(outcomes.filter(Boolean).length, 1);
      const text = String(outcomes.indexOf(true));
      assert.deepEqual(await notes().get(note('a')), note('a', { version: 2, text }));
      assert.equal(await change(undefined, 1, 'late'), false);
      assert.equal(await change(undefined, 2, 'next'), true);
      assert.equal(await notes().compareAndSet(note('b'), { version: 1 }, { version: 2 }), false);
      assert.deepEqual(await notes().list(), [note('a', { version: 3, text: 'next' })]);
    });

    it('compare with null and with words', async () => {
      await notes().put(note('a'));
      assert.equal(await notes().compareAndSet(note('a'), { text: null, state: 'new' }, { text: 'x' }), true);
      assert.equal(await notes().compareAndSet(note('a'), { text: null }, { text: 'y' }), false);
      assert.equal(await notes().compareAndSet(note('a'), { state: 'read' }, { text: 'y' }), false);
      assert.equal((await notes().get(note('a')))?.text, 'x');
    });

    it('are listed by key, from either end, and go on behind a record, also one that is gone', async () => {
      for (const name of ['c', 'a', 'b']) await notes().put(note(name));
      await notes().put(note('b', { state: 'read' }));
      assert.deepEqual(names(await notes().list()), ['a', 'b', 'c']);
      assert.deepEqual(names(await notes().list({ reverse: true, limit: 2 })), ['c', 'b']);
      assert.deepEqual(names(await notes().list({ where: { state: 'new' } })), ['a', 'c']);
      await notes().remove(note('b'));
      assert.deepEqual(names(await notes().list({ after: note('b') })), ['c']);
      assert.deepEqual(names(await notes().list({ after: note('b'), reverse: true })), ['a']);
      assert.deepEqual(await notes().list({ limit: 0 }), []);
    });

    it('keep the place of arrival of what is put again', async () => {
      for (const id of ['c', 'a', 'b']) await orders().insertNew({ id, state: 'open' });
      await orders().put({ id: 'c', state: 'done' });
      await orders().put({ id: 'd', state: 'open' });
      const ids = (found: readonly Order[]): string => found.map(({ id }) => id).join('');
      assert.equal(ids(await orders().list()), 'cabd');
      assert.equal(ids(await orders().list({ where: { state: 'open' } })), 'abd');
      assert.equal(ids(await orders().list({ after: { id: 'c' }, limit: 2 })), 'ab');
      assert.equal(ids(await orders().list({ after: { id: 'gone' } })), '');
    });

    it('are paged completely, each record once, while others insert and remove', async () => {
      for (let i = 0; i < 40; i++)
        await notes().insertNew(note(`n${i + 10}`, { state: i % 2 ? 'new' : 'read' }));
      const other = notes(await fixture().connect());
      const seen: string[] = [];
      for (let after: Note | undefined; ;) {
        const page = await notes().list({ where: { state: 'new' }, limit: 6, ...(after && { after }) });
        seen.push(...names(page));
        after = page.at(-1);
        if (after === undefined) break;
        await other.insertNew(note(`a${seen.length}`));
        await other.insertNew(note(`${after.name}+`, { state: 'read' }));
        await other.remove(after);
      }
      assert.deepEqual(
        seen,
        [...Array(20).keys()].map((i) => `n${2 * i + 11}`),
      );
    });

    it('refuse a record that is not as the spec says, and say what was expected', async () => {
      const wrong = { ...note('a'), state: 'old' } as unknown as Note;
      const says = (message: RegExp) => ({ code: 'UNFIT_VALUE', message });
      const told = says(/^state of test_note ann a: expected one of new, read, given "old"/);
      await assert.rejects(notes().put(wrong), told);
      await assert.rejects(notes().insertNew(wrong), told);
      const lacking = { ...note('a'), version: undefined } as unknown as Note;
      await assert.rejects(notes().put(lacking), says(/version of .*expected a number, given nothing/));
      await assert.rejects(
        notes().put({ ...note('a'), body: [] as unknown as JsonObject }),
        says(/expected an object or null, given \[\]/),
      );
      await assert.rejects(notes().put(note('a', { version: NaN })), says(/expected a number, given NaN/));
      await notes().put(note('b'));
      await assert.rejects(
        notes().compareAndSet(note('b'), { version: 1 }, { pinned: 1 as unknown as boolean }),
        says(/expected true or false, given 1/),
      );
      await assert.rejects(notes().list({ where: { text: 'x' } }), says(/listed by text: expected state/));
      assert.deepEqual(await notes().list(), [note('b')]);
    });
  });
};
