import assert from 'node:assert/strict';
import { createActor } from 'xstate';
import { getShortestPaths, getSimplePaths } from 'xstate/graph';
import { compileTable, statesTagged } from '../../../domain/machine/compile.ts';
import { jobEvents, jobMachine, jobStates } from '../../../domain/machine/job-machine.ts';
import { machines } from '../../../domain/machine/registry.ts';
import { uowEvents, uowMachine, uowStates } from '../../../domain/machine/uow-machine.ts';
import type { AnyStateMachine } from 'xstate';

const alphabets = [
  { title: 'job that had a unit of work', machine: jobMachine, facts: { hasUow: true } },
  { title: 'job that never had one', machine: jobMachine, facts: { hasUow: false } },
  { title: 'unit of work', machine: uowMachine, facts: {} },
].map(({ machine, ...rest }) => ({
  ...rest,
  machine: machine as AnyStateMachine,
  states: machine === jobMachine ? jobStates : uowStates,
  events: machine === jobMachine ? jobEvents : uowEvents,
}));

/** Where a running actor goes, which is not the function the compiler asks. Undefined: it ignores the event. */
const actorTarget = (machine: AnyStateMachine, state: string, event: { type: string }): unknown => {
  const snapshot = machine.resolveState({ value: state, context: {} });
  const actor = createActor(machine, { snapshot }).start();
  if (!snapshot.can(event)) return undefined;
  actor.send(event);
  return (actor.getSnapshot() as { value: unknown }).value;
};

for (const { title, machine, facts, states, events } of alphabets) {
  const table = compileTable(machine, facts);

  describe(`compiled table of the ${title}`, () => {
    it('has the listed states and events, no more', () => {
      assert.deepEqual(Object.keys(table), [...states]);
      assert.deepEqual(Object.keys(machine.states), [...states]);
      assert.deepEqual([...(machine.events as string[])].sort(), [...events].sort());
    });

    for (const state of states) {
      for (const event of events) {
        it(`does as xstate in ${state} on ${event}`, () => {
          assert.equal(table[state]?.[event], actorTarget(machine, state, { type: event, ...facts }));
        });
      }
    }
  });

  describe(`paths of the ${title}`, () => {
    const alphabet = events.map((type) => ({ type, ...facts }));
    const paths = getSimplePaths(machine, { events: alphabet });

    it('reach every state', () => {
      assert.deepEqual(new Set(paths.map((path) => path.state.value as string)), new Set(states));
    });

    for (const path of paths) {
      const walked = path.steps.slice(1);
      const names = walked.map((step) => (step.event as { type: string }).type);
      it(`[${names.join(', ')}] is walked by the table to the same end, and from there work can finish`, () => {
        const end = names.reduce<string>(
          (state, name) => table[state]?.[name] ?? assert.fail(`${name} in ${state}`),
          states[0],
        );
        assert.equal(end, path.state.value);
        const onward = getShortestPaths(machine, { events: alphabet, fromState: path.state });
        const finished = statesTagged(machine, 'finished');
        assert.ok(onward.some((next) => finished.has(next.state.value as string)));
      });
    }
  });
}

describe('registry', () => {
  it('holds each machine under its own id', () => {
    assert.deepEqual(
      Object.entries(machines).map(([name, machine]) => [name, machine.id]),
      [
        ['job', 'job'],
        ['uow', 'uow'],
      ],
    );
  });
});
