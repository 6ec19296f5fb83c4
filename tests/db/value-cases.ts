import { freshEntry } from '../../domain/model/entity.ts';
import assert from 'node:assert/strict';
import {
  commandSpec,
  finishCommand,
  freerunSpec,
  getFact,
  managedSpec,
  putFact,
} from '../../db/collections.ts';
import type { Store, WriteGroup } from '../../db/store.ts';
import type { Json } from '../../domain/model/process.ts';
import type { CommandRecord, FreerunEntryRecord } from '../../domain/model/record.ts';
import { freshUow, jobStart, noSubject } from '../support/records.ts';

const group = (...writes: WriteGroup['writes']): WriteGroup => ({
  cause: { actor: 'scheduler', reason: 'a test', at: 5000, epoch: 3 },
  writes,
});

const command: CommandRecord = {
  id: 'c1',
  kind: 'skip',
  arguments: { timeperiod: '2015060100' },
  ...noSubject,
  actor: 'user ann',
  reason: 'late',
  createdAt: 1,
  state: 'open',
  finishedAt: null,
  result: null,
};

const entry: FreerunEntryRecord = {
  processName: 'Report',
  entryName: 'weekly',
  trigger: 'at 0-08:00',
  arguments: {},
  on: true,
  overlap: 'skip',
  missed: 'last',
  description: '',
  origin: 'user',
  ...freshEntry,
  createdAt: 1,
  updatedAt: 1,
};

/** What every store has to do with free-form values. */
export const valueCases = (store: () => Store): void => {
  describe('values that could not be read back', () => {
    const nested = (depth: number): Json =>
      JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth)) as Json;
    const deep = { a: nested(1100) };
    const unfit = { code: 'UNFIT_VALUE' };
    const refused = async (call: Promise<unknown>): Promise<void> => {
      await assert.rejects(call, unfit);
    };

    it('are refused in units, and nothing of the group happens', async () => {
      const uow = { ...freshUow('u1'), arguments: deep };
      await refused(store().commit([group(jobStart('2015060100'), { kind: 'uow-insert', uow })]));
      assert.deepEqual(await store().uows(['u1']), []);
      assert.equal(await store().job({ processName: 'SiteHourly', timeperiod: '2015060100' }), undefined);
      assert.deepEqual(await store().journal({ limit: 10 }), []);
    });

    it('are refused in commands, entries and facts', async () => {
      await refused(
        store()
          .collection(commandSpec)
          .insertNew({ ...command, arguments: deep }),
      );
      assert.equal(await store().collection(commandSpec).get({ id: command.id }), undefined);
      await store().collection(commandSpec).insertNew(command);
      await refused(finishCommand(store(), command.id, { state: 'done', result: deep, finishedAt: 1 }));
      assert.equal((await store().collection(commandSpec).get({ id: command.id }))?.state, 'open');
      const managed = { processName: 'A', on: true, trigger: null, updatedAt: 1 };
      await refused(
        store()
          .collection(managedSpec)
          .put({ ...managed, arguments: deep }),
      );
      assert.deepEqual(await store().collection(managedSpec).list(), []);
      await refused(
        store()
          .collection(freerunSpec)
          .put({ ...entry, arguments: deep }),
      );
      assert.deepEqual(await store().collection(freerunSpec).list(), []);
      await refused(putFact(store(), 'deep', deep));
      assert.equal(await getFact(store(), 'deep'), undefined);
    });

    it('are refused in rows and documents, which take 64 levels', async () => {
      const day = { start: '2015060100', end: '2015060200' };
      const value = { a: nested(63) };
      const tooDeep = { a: nested(64) };
      const good = { id: 1, timeperiod: '2015060100', value };
      await refused(store().data.appendRows('visits', [good, { ...good, id: 2, value: tooDeep }]));
      assert.deepEqual(await store().data.rows('visits', day, { from: 0, to: 9 }, 10), []);
      const along = {
        collection: 'counts',
        timeperiod: '2015060100',
        documents: [{ timeperiod: '2015060100', key: 'a', value: tooDeep }],
      };
      await refused(store().data.appendRows('visits', [good], along));
      await store().data.appendRows('visits', [good]);
      assert.deepEqual(await store().data.rows('visits', day, { from: 0, to: 9 }, 10), [good]);
      const document = { timeperiod: '2015060100', key: 'a', value };
      await store().data.replaceDocuments('site', '2015060100', [document]);
      await refused(store().data.replaceDocuments('site', '2015060100', [{ ...document, value: tooDeep }]));
      await refused(
        store().data.replaceDocuments('site', '2015060100', [{ ...document, value: { 'a\0b': 1 } }]),
      );
      assert.deepEqual(await store().data.documents('site', day), [document]);
    });

    it('are not those that merely look odd', async () => {
      const value = {
        $where: 1,
        'a.b': 2,
        '$a.b': { '': null },
        ключ: '\u0001\u2028',
        ['__proto__']: { constructor: 1 },
        many: 1e308,
      };
      const day = { start: '2015060100', end: '2015060200' };
      await store().data.appendRows('visits', [{ id: 1, timeperiod: '2015060100', value }]);
      const document = { timeperiod: '2015060100', key: '$key.a', value };
      await store().data.replaceDocuments('site', '2015060100', [document]);
      await putFact(store(), 'odd', value);
      await store().commit([group({ kind: 'uow-insert', uow: { ...freshUow('u1'), arguments: value } })]);
      const [read] = await store().data.rows('visits', day, { from: 0, to: 9 }, 10);
      assert.deepEqual(read?.value, value);
      assert.deepEqual(await store().data.documents('site', day), [document]);
      assert.deepEqual(await getFact(store(), 'odd'), value);
      assert.deepEqual((await store().uows(['u1']))[0]?.arguments, value);
    });
  });
};
