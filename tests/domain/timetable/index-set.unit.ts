import assert from 'node:assert/strict';

import fc from 'fast-check';

import { IndexSet } from '../../../domain/timetable/index-set.ts';

const setOf = (capacity: number, members: readonly number[]): IndexSet => {
  const set = new IndexSet(capacity);
  for (const member of members) set.add(member);
  return set;
};

const listOf = (set: IndexSet): number[] => [...set.between(0, Infinity)];

describe('IndexSet', () => {
  it('is empty at first, whatever its capacity', () => {
    for (const capacity of [0, 1, 32, 33, 40_000]) {
      const set = new IndexSet(capacity);
      assert.deepEqual([set.size, set.next(0), set.has(0), set.count(0, capacity)], [0, -1, false, 0]);
    }
  });

  it('counts a member once, however often it is added or deleted', () => {
    const set = setOf(100, [7, 7, 64]);
    assert.equal(set.size, 2);
    set.delete(7);
    set.delete(7);
    set.delete(8);
    assert.deepEqual([set.size, listOf(set)], [1, [64]]);
  });

  it('finds the next member over gaps of any height', () => {
    const members = [0, 31, 32, 1023, 1024, 32_767, 32_768, 1_048_575, 1_048_576];
    const set = setOf(1_048_577, members);
    assert.deepEqual(listOf(set), members);
    for (const [i, member] of members.entries()) {
      assert.equal(set.next(member), member);
      assert.equal(set.next(member + 1), members[i + 1] ?? -1);
    }
  });

  it('answers for numbers beyond both of its ends', () => {
    const set = setOf(64, [0, 63]);
    assert.deepEqual([set.next(-5), set.next(64), set.next(10_000)], [0, -1, -1]);
    assert.deepEqual([set.has(-1), set.has(64)], [false, false]);
    assert.deepEqual(
      [set.count(-10, 1), set.count(63, 500), set.count(-9, -3), set.count(64, 99)],
      [1, 1, 0, 0],
    );
    assert.deepEqual([...set.between(-3, 63)], [0]);
  });

  it('counts within words and across them', () => {
    const set = new IndexSet(100);
    set.addRange(0, 100);
    assert.deepEqual(
      [
        set.count(0, 100),
        set.count(5, 9),
        set.count(31, 33),
        set.count(32, 64),
        set.count(50, 50),
        set.count(9, 5),
      ],
      [100, 4, 2, 32, 0, 0],
    );
  });

  it('adds ranges at word borders and over what is there already', () => {
    for (const [from, to] of [
      [0, 32],
      [31, 33],
      [32, 64],
      [1, 2],
      [0, 2000],
      [64, 65],
      [5, 5],
      [9, 3],
    ] as const) {
      const set = setOf(2000, [33]);
      set.addRange(from, to);
      const range = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
      const expected = [...new Set([33, ...range])].sort((a, b) => a - b);
      assert.deepEqual([set.size, listOf(set)], [expected.length, expected], `[${from}, ${to})`);
    }
  });

  it('keeps its members when it grows by one floor, by several and not at all', () => {
    const set = setOf(20, [3, 19]);
    for (const capacity of [33, 10, 1025, 40_000, 1_100_000]) {
      set.reserve(capacity);
      assert.deepEqual([set.size, listOf(set)], [2, [3, 19]], `capacity ${capacity}`);
    }
    set.add(1_099_999);
    set.delete(3);
    assert.deepEqual([set.next(0), set.next(20)], [19, 1_099_999]);
    const jump = setOf(20, [3]);
    jump.reserve(1_100_000);
    assert.deepEqual([jump.next(0), jump.next(4)], [3, -1]);
  });

  it('may lose members while they are walked', () => {
    const set = new IndexSet(70);
    set.addRange(0, 70);
    for (const member of set.between(10, 70)) set.delete(member);
    assert.deepEqual(listOf(set), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  describe('is a sorted set of numbers', () => {
    const CAPACITIES = [1, 31, 32, 33, 1000, 1024, 1025, 3000];
    const anyCommand = (capacity: number): fc.Arbitrary<Command> => {
      const member = fc.nat(capacity - 1);
      return fc.oneof(
        fc.record({ do: fc.constant('add' as const), member }),
        fc.record({ do: fc.constant('delete' as const), member }),
        fc.record({ do: fc.constant('range' as const), member, length: fc.nat(70) }),
        fc.record({ do: fc.constant('grow' as const), by: fc.nat(2000) }),
      );
    };
    type Command =
      | { do: 'add' | 'delete'; member: number }
      | { do: 'range'; member: number; length: number }
      | { do: 'grow'; by: number };

    const carryOut = (set: IndexSet, model: Set<number>, capacity: number, command: Command): number => {
      switch (command.do) {
        case 'add':
          set.add(command.member);
          model.add(command.member);
          return capacity;
        case 'delete':
          set.delete(command.member);
          model.delete(command.member);
          return capacity;
        case 'range': {
          const end = Math.min(capacity, command.member + command.length);
          set.addRange(command.member, end);
          for (let member = command.member; member < end; member++) model.add(member);
          return capacity;
        }
        case 'grow':
          set.reserve(capacity + command.by);
          return capacity + command.by;
      }
    };

    it('under any commands', () => {
      const anyRun = fc.constantFrom(...CAPACITIES).chain((capacity) =>
        fc.record({
          capacity: fc.constant(capacity),
          commands: fc.array(anyCommand(capacity), { maxLength: 60 }),
          probes: fc.array(fc.tuple(fc.integer({ min: -3, max: 4000 }), fc.nat(200)), { maxLength: 10 }),
        }),
      );
      fc.assert(
        fc.property(anyRun, ({ capacity, commands, probes }) => {
          const set = new IndexSet(capacity);
          const model = new Set<number>();
          let room = capacity;
          for (const command of commands) room = carryOut(set, model, room, command);
          const sorted = [...model].sort((a, b) => a - b);
          assert.deepEqual([set.size, listOf(set)], [model.size, sorted]);
          for (const [from, length] of probes) {
            const to = from + length;
            assert.equal(set.next(from), sorted.find((member) => member >= from) ?? -1);
            assert.equal(set.has(from), model.has(from));
            assert.equal(
              set.count(from, to),
              sorted.filter((member) => member >= from && member < to).length,
            );
          }
        }),
        { numRuns: 300 },
      );
    });
  });
});
