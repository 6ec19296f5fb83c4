import type { Diagram, DiagramEdge } from '../../domain/machine/diagram.ts';
import { layOut, levelPath } from './graph-layout.ts';
import type { Point } from './graph-layout.ts';
import type { StateLook } from './state-look.ts';

/** Where an entity is in its machine, and the moves it made so far. */
export interface MachinePosition {
  readonly current: string;
  readonly taken: readonly { readonly from: string | null; readonly to: string }[];
}

const BOX = { width: 122, height: 34 };
/** Height of an arrow that ends where it began. */
const LOOP = 30;
const SPACING = { nodesep: 22, ranksep: 84, edgesep: 16, marginx: 8, marginy: LOOP + 14 };

/**
 * Lays a machine out for SVG, from left to right, and lights where an entity is; the view box is `0 0 width height`,
 * a state is given by its centre and size. `lookOf` gives a state its glyph.
 */
export const drawMachine = (
  diagram: Diagram,
  position: MachinePosition,
  lookOf: (state: string) => StateLook,
) => {
  const { width, height, centreOf, bendsOf } = arrange(diagram);
  const states = diagram.states.map((state) => ({
    ...state,
    ...lookOf(state.id),
    ...BOX,
    ...centreOf(state.id),
    current: state.id === position.current,
  }));
  const arrows = diagram.edges.map((edge) => {
    const [from, to] = [centreOf(edge.from), centreOf(edge.to)];
    const route = edge.from === edge.to ? loop(from) : wire(from, to, bendsOf(edge.from, edge.to));
    return { ...route, role: roleOf(edge, position), label: edge.event };
  });
  return { width, height, states, arrows };
};

/** States that follow each other in the definition are the usual way: kept close and straight. */
const arrange = ({ states, edges }: Diagram) => {
  const place = new Map(states.map(({ id }, index) => [id, index]));
  const isUsual = ({ from, to }: DiagramEdge): boolean => (place.get(to) ?? 0) - (place.get(from) ?? 0) === 1;
  const lines = edges
    .filter(({ from, to }) => from !== to)
    .map((edge) => ({ ...edge, weight: isUsual(edge) ? 20 : 1 }));
  return layOut(
    states.map(({ id }) => ({ id, ...BOX })),
    lines,
    SPACING,
  );
};

/** `next`: may happen from the current state; `taken`: has happened; `other`: neither. */
const roleOf = ({ from, to }: DiagramEdge, { current, taken }: MachinePosition) => {
  if (from === current) return 'next';
  return taken.some((move) => move.from === from && move.to === to) ? 'taken' : 'other';
};

const loop = ({ x, y }: Point) => {
  const top = y - BOX.height / 2;
  const path = `M ${x - 16} ${top} C ${x - 16} ${top - LOOP} ${x + 16} ${top - LOOP} ${x + 16} ${top}`;
  return { path, x, y: top - LOOP + 4 };
};

/** Leaves and enters at the sides, ways back a little lower than ways forward. */
const wire = (from: Point, to: Point, bends: readonly Point[]) => {
  const way = to.x > from.x ? 1 : -1;
  const drop = way === 1 ? -4 : 7;
  const start = { x: from.x + (way * BOX.width) / 2, y: from.y + drop };
  const end = { x: to.x - (way * BOX.width) / 2, y: to.y + drop };
  const inOrder = bends.toSorted((a, b) => way * (a.x - b.x));
  const middle = bends[Math.floor(bends.length / 2)] ?? {
    x: (start.x + end.x) / 2,
    y: (start.y + end.y) / 2,
  };
  return { path: levelPath([start, ...inOrder, end]), x: middle.x, y: middle.y };
};
