import * as dagre from '@dagrejs/dagre';

/** A place in a drawing, in its own units; for a box its centre. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

// The package's own types do not resolve under `nodenext`: this is the part of them that is used.
interface DagreGraph {
  setGraph(options: object): void;
  setNode(id: string, box: object): void;
  setEdge(from: string, to: string, line: object): void;
  graph(): { width: number; height: number };
  node(id: string): Point | undefined;
  edge(from: string, to: string): { points: readonly Point[] } | undefined;
}
const { Graph, layout } = dagre as unknown as {
  Graph: new () => DagreGraph;
  layout: (graph: DagreGraph) => void;
};

/**
 * Lays a graph out from left to right, `0 0 width height`: boxes in columns, lines led around them; those of more
 * weight are kept shorter and straighter. Boxes that lines name must be given. `spacing` as dagre's `setGraph` takes it.
 */
export const layOut = (
  boxes: readonly { id: string; width: number; height: number }[],
  lines: readonly { from: string; to: string; weight: number }[],
  spacing: object,
) => {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', ...spacing });
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const { from, to, weight } of lines) graph.setEdge(from, to, { weight });
  layout(graph);
  const { width, height } = graph.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    centreOf: (id: string): Point => graph.node(id) ?? { x: 0, y: 0 },
    /** Where a line bends between its two boxes, from `from` to `to`. */
    bendsOf: (from: string, to: string): readonly Point[] => graph.edge(from, to)?.points.slice(1, -1) ?? [],
  };
};

const round = (value: number): number => Math.round(value * 10) / 10;

/** SVG path through all stops, level at each, as railway maps draw their lines. */
export const levelPath = ([start, ...stops]: readonly Point[]): string => {
  if (start === undefined) return '';
  let last = start;
  const pieces = stops.map((stop) => {
    const half = round((last.x + stop.x) / 2);
    const piece = `C ${half} ${round(last.y)} ${half} ${round(stop.y)} ${round(stop.x)} ${round(stop.y)}`;
    last = stop;
    return piece;
  });
  return [`M ${round(start.x)} ${round(start.y)}`, ...pieces].join(' ');
};
