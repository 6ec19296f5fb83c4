import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate';

/** A state to draw. `final`: the work is finished there, even if a `reprocess` leads out again. */
export interface DiagramState {
  readonly id: string;
  readonly initial: boolean;
  readonly final: boolean;
}

/** An arrow to draw. `event` is its label: all events between the two, joined by a comma, guards in brackets. */
export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  readonly event: string;
}

/** What a drawing of a machine consists of, in the order of the definition. */
export interface Diagram {
  readonly states: readonly DiagramState[];
  readonly edges: readonly DiagramEdge[];
}

/** Turns a flat machine into states and labelled edges, one edge for each pair of states. */
export const toDiagram = (machine: AnyStateMachine): Diagram => {
  const nodes = Object.values(machine.states);
  return {
    states: nodes.map(({ key, tags }) => ({
      id: key,
      initial: machine.root.initial.target.some((target) => target.key === key),
      final: tags.includes('finished'),
    })),
    edges: nodes.flatMap(({ key, transitions }) => edgesFrom(key, [...transitions.values()].flat())),
  };
};

const edgesFrom = (from: string, transitions: AnyTransitionDefinition[]): DiagramEdge[] => {
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
