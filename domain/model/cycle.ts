/** `from` waits for `to`. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/**
 * A circle of waiting that leads through one of the edges `through`: every name waits for the next, the last is
 * the first again. Undefined when there is none.
 */
export const findCycle = (edges: readonly Edge[], through: readonly Edge[] = edges): string[] | undefined => {
  for (const { from, to } of through) {
    const path = findPath(edges, to, from);
    if (path !== undefined) return [from, ...path];
  }
  return undefined;
};

/** The names on a shortest path, both ends included. */
const findPath = (edges: readonly Edge[], start: string, end: string): string[] | undefined => {
  const paths = new Map([[start, [start]]]);
  for (const [name, path] of paths) {
    if (name === end) return path;
    for (const { from, to } of edges) {
      if (from === name && !paths.has(to)) paths.set(to, [...path, to]);
    }
  }
  return undefined;
};
