import assert from 'node:assert/strict';
import { z } from 'zod';
import { SynergyError } from '../../../domain/errors.ts';
import type { JsonObject } from '../../../domain/model/process.ts';
import type { CommandRecord } from '../../../domain/model/record.ts';
import { argumentsOf, commandKinds, commandTable } from '../../../scheduler/commands/command-table.ts';
import type { CommandKind, CommandRow } from '../../../scheduler/commands/command-table.ts';
import {
  commandOf,
  commandRecord,
  notRefused,
  requestSchema,
} from '../../../scheduler/commands/check-command.ts';
import { readValue } from '../../../lib/read-value.ts';
import { commandSubject } from '../../../domain/model/entity.ts';

const rowOf = (kind: CommandKind): CommandRow => commandTable[kind];
const recordOf = (kind: string, given: JsonObject): CommandRecord => ({
  id: 'command-0001',
  kind,
  arguments: given,
  ...commandSubject(given),
  actor: 'ann',
  reason: null,
  createdAt: 0,
  state: 'open',
  finishedAt: null,
  result: null,
});
const problemOf = (value: unknown): string => {
  const read = readValue(requestSchema, value);
  return 'problem' in read ? read.problem : '';
};
const refusalOf = (kind: string, given: JsonObject): string => {
  try {
    commandOf(recordOf(kind, given));
    return '';
  } catch (error) {
    assert.ok(error instanceof SynergyError);
    assert.equal(error.code, 'INVALID_ARGUMENT');
    return error.message;
  }
};
const without = (given: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(given).filter(([key]) => key !== name));
/** Values that fit no argument, or not the one that they are given for. */
const misfits = [null, -7, [], { toString: 'x' }, 'x'.repeat(10_000)];

describe('the table of commands', () => {
  for (const kind of commandKinds) {
    const example: JsonObject = { ...rowOf(kind).example };
    const request = { kind, reason: 'late rows', ...example };
    const fields = argumentsOf(kind);

    describe(kind, () => {
      it('has an example with every argument, which a client may send and a record may hold', () => {
        assert.deepEqual(Object.keys(example).sort(), Object.keys(fields).sort());
        assert.deepEqual(readValue(requestSchema, request), { value: request });
        assert.deepEqual(commandOf(recordOf(kind, example)), { kind, ...example });
      });

      it('describes every argument', () => {
        const { properties } = z.toJSONSchema(z.object(fields));
        assert.deepEqual(Object.keys(properties ?? {}), Object.keys(fields));
        for (const [name, property] of Object.entries(properties ?? {}))
          assert.ok(typeof property === 'object' && property.description, name);
      });

      it('is refused without an argument that it must have, by the name of that argument', () => {
        for (const [name, field] of Object.entries(fields)) {
          const isStored = field._zod.optin === 'optional';
          assert.match(
            refusalOf(kind, without(example, name)),
            isStored ? /^$/ : new RegExp(`^${kind}: '${name}': expected .+, given nothing; `),
          );
          const isSent = isStored && !(rowOf(kind).planned === true && name === 'planHash');
          assert.match(problemOf(without(request, name)), isSent ? /^$/ : new RegExp(`^'${name}': `));
        }
        assert.match(problemOf(without(request, 'reason')), /^'reason': say why/);
      });

      it('is refused with an argument that does not fit, by the name of that argument', () => {
        for (const name of Object.keys(fields)) {
          for (const value of misfits) {
            const isObject = !Array.isArray(value) && typeof value === 'object' && value !== null;
            const isFit = name === 'payload' || (name === 'pauseAfter' && value === null);
            if (isFit || (isObject && ['arguments', 'labels'].includes(name))) continue;
            assert.match(
              refusalOf(kind, { ...example, [name]: value }),
              new RegExp(`^${kind}: '${name}(\\.url)?': `),
            );
            assert.match(problemOf({ ...request, [name]: value }), new RegExp(`^'${name}(\\.url)?': `));
          }
        }
      });

      it('is refused with an argument that it does not know; in a record, of a later version perhaps, it is passed over', () => {
        assert.match(
          problemOf({ ...request, actor: 'root' }),
          /^'actor' is not known here: expected kind, id, reason, /,
        );
        assert.deepEqual(commandOf(recordOf(kind, { ...example, later: true })), { kind, ...example });
      });

      it('is stored with what it was given, and read back as the same command', () => {
        const record = commandRecord(
          { ...commandOf(recordOf(kind, example)), id: 'c1' },
          { actor: 'ann', now: 5 },
        );
        assert.deepEqual(record, { ...recordOf(kind, example), id: 'c1', createdAt: 5 });
      });
    });
  }

  it('refuses a kind that is not there, and names those that are', () => {
    for (const kind of ['skipp', 'constructor']) {
      assert.match(
        refusalOf(kind, {}),
        new RegExp(`^no command is named '${kind}'.*expected one of reprocess, skip, `),
      );
      assert.match(problemOf({ kind }), new RegExp(`no command is named '${kind}'`));
    }
    assert.match(refusalOf('skipp', {}), /did you mean 'skip'\?/);
    for (const value of [{}, { kind: 7 }, [], null, 'skip']) assert.notEqual(problemOf(value), '');
  });

  it('refuses arguments of a unit of work that are nested too deep', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`) as JsonObject;
    const record = recordOf('set-managed', { processName: 'SiteHourly', arguments: deep });
    assert.throws(() => commandOf(record), { code: 'UNFIT_VALUE' });
  });
});

describe('a refused command', () => {
  const refused = (result: JsonObject | null): CommandRecord => ({
    ...recordOf('skip', {}),
    state: 'refused',
    result,
  });
  it('is refused again in the same words', () => {
    const gone = { code: 'NOT_FOUND', message: 'no such job' };
    assert.throws(() => notRefused(refused(gone)), gone);
    for (const odd of [null, { code: 'toString' }])
      assert.throws(() => notRefused(refused(odd)), { code: 'CONFLICT', message: /left no reason/ });
    const done = recordOf('skip', {});
    assert.equal(notRefused(done), done);
  });
});
