import type { ProcessSummary, TreeSummary } from '../../scheduler/api/api.ts';
import { countBar } from './count-bar.ts';
import { layOut, levelPath } from './graph-layout.ts';
import type { Point } from './graph-layout.ts';
import { treePath } from './link.ts';

const RADIUS = 17;
const HEIGHT = 48;
/** Shortest text that there is room for, in letters. */
const SHORTEST = 9;

/** Ring, gap and texts, the last by the average width of their letters. */
const labelOf = ({ process: { name }, on, counts }: ProcessSummary) => {
  const bar = countBar(counts, 3);
  /** What stands below its name: before it what fails, and this. */
  const below = `${bar.failing === undefined ? '' : ' of '}${bar.jobs}${on ? '' : ', switched off'}`;
  const letters = (bar.failing?.text ?? '').length + below.length;
  return {
    bar,
    below,
    width: 2 * RADIUS + 14 + Math.max(Math.max(name.length, SHORTEST) * 7.4, letters * 6.6),
  };
};
const SPACING = { nodesep: 14, ranksep: 54, edgesep: 10, marginx: 4, marginy: 4 };

type Label = ReturnType<typeof labelOf>;

/** `nest`: periods of the first are parts of periods of the second; `wait`: the second waits for the first. */
interface Link {
  readonly from: string;
  readonly to: string;
  readonly kind: 'nest' | 'wait';
}

const nestings = ({ processes }: TreeSummary): Link[] =>
  processes
    .slice(1)
    .map(({ name }, index) => ({ from: name, to: processes[index]?.name ?? name, kind: 'nest' }));

const waits = (tree: TreeSummary, trees: readonly TreeSummary[]): Link[] =>
  trees
    .filter(({ name }) => tree.dependsOn.includes(name))
    .flatMap((other) =>
      tree.processes.flatMap(({ name, qualifier }) =>
        other.processes
          .filter((twin) => twin.qualifier === qualifier)
          .map((twin): Link => ({ from: twin.name, to: name, kind: 'wait' })),
      ),
    );

const declared = ({ process }: ProcessSummary): Link[] =>
  process.dependencies.map((dependency) => ({ from: dependency.process, to: process.name, kind: 'wait' }));

/**
 * How the processes of all trees hang together, like a railway map, from fine to coarse; the view box is
 * `0 0 width height`. All boxes are of one width, so that rings stand below each other.
 */
export const processMap = (trees: readonly TreeSummary[], processes: readonly ProcessSummary[]) => {
  const all = [
    ...trees.flatMap((tree) => waits(tree, trees)),
    ...processes.flatMap(declared),
    ...trees.flatMap(nestings),
  ];
  const links = [...new Map(all.map((link) => [`${link.from} ${link.to}`, link])).values()];
  const labels = new Map(processes.map((summary) => [summary.process.name, labelOf(summary)]));
  const label = (name: string): Label => labels.get(name) as Label;
  const box = { width: Math.max(0, ...[...labels.values()].map((each) => each.width)), height: HEIGHT };
  const { width, height, centreOf, bendsOf } = layOut(
    processes.map(({ process: { name } }) => ({ id: name, ...box })),
    links.map(({ from, to, kind }) => ({ from, to, weight: kind === 'nest' ? 30 : 1 })),
    SPACING,
  );
  const edgeOf = (name: string): Point => ({ x: centreOf(name).x - box.width / 2, y: centreOf(name).y });
  const track = ({ from, to, kind }: Link) => {
    const [start, end] = [edgeOf(from), edgeOf(to)];
    const path = levelPath([
      { x: start.x + label(from).width, y: start.y },
      { x: start.x + box.width, y: start.y },
      ...bendsOf(from, to),
      { x: end.x, y: end.y },
    ]);
    return { kind, path };
  };
  return {
    width,
    height,
    stations: processes.map((summary) => {
      const { name } = summary.process;
      return station(summary, edgeOf(name), label(name));
    }),
    tracks: links.map(track),
  };
};

/** A process on the map: a ring filled by the states of its jobs. `edge` is the middle of the left side. */
const station = ({ process: { name }, tree, on }: ProcessSummary, edge: Point, { bar, below }: Label) => {
  const centre = { x: edge.x + RADIUS + 5, y: edge.y };
  return {
    name,
    href: treePath(tree),
    ...centre,
    on,
    bar,
    below,
    arcs: bar.parts.map(({ glyph, x: from, width }) => ({
      glyph,
      path: arc(centre, from / 100, (from + width) / 100),
    })),
  };
};

/** Part of the ring between two shares of a turn, from the top, clockwise; a whole turn needs two half arcs. */
const arc = (centre: Point, from: number, to: number): string => {
  const point = (share: number): string => {
    const angle = (share - 0.25) * 2 * Math.PI;
    return `${(centre.x + RADIUS * Math.cos(angle)).toFixed(1)} ${(centre.y + RADIUS * Math.sin(angle)).toFixed(1)}`;
  };
  const sweep = `A ${RADIUS} ${RADIUS} 0 0 1`;
  return `M ${point(from)} ${sweep} ${point((from + to) / 2)} ${sweep} ${point(to)}`;
};
