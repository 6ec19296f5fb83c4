import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate';

/** Turns a flat machine into states and labelled edges, one edge for each pair of states, in the order of the definition. */
export const toDiagram = (machine: AnyStateMachine) => {
  const nodes = Object.values(machine.states);
  return {
    states: nodes.map(({ key, tags }) => ({
      id: key,
      initial: machine.root.initial.target.some((target) => target.key === key),
      /** The work is finished there, even if a `reprocess` leads out again. */
      final: tags.includes('finished'),
    })),
    edges: nodes.flatMap(({ key, transitions }) => edgesFrom(key, [...transitions.values()].flat())),
  };
};

/** What a drawing of a machine consists of. */
export type Diagram = ReturnType<typeof toDiagram>;
export type DiagramEdge = Diagram['edges'][number];

/** Arrows to draw. `event` is the label: all events between the two, joined by a comma, guards in brackets. */
const edgesFrom = (from: string, transitions: AnyTransitionDefinition[]) => {
  const labels = new Map<string, string[]>();
  for (const transition of transitions) {
    for (const { key } of transition.target ?? []) {
      labels.set(key, [...(labels.get(key) ?? []), labelOf(transition)]);
    }
  }
  return [...labels].map(([to, events]) => ({ from, to, event: events.join(', ') }));
};

const labelOf = ({ eventType, guard }: { eventType: string; guard?: unknown }): string =>
  typeof guard === 'string' ? `${eventType} [${guard}]` : eventType;
