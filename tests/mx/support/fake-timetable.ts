import { cast, current, fromOrdinal, ordinal } from '../../../domain/time/timeperiod.ts';
import { isJobFinished } from '../../../domain/machine/transition.ts';
import { SynergyError } from '../../../domain/errors.ts';
import type { JobState } from '../../../domain/machine/job-machine.ts';
import type { UowState } from '../../../domain/machine/uow-machine.ts';
import type { ManagedProcess, Tree } from '../../../domain/model/process.ts';
import type { JobKey } from '../../../domain/model/record.ts';
import type { Qualifier } from '../../../domain/time/qualifier.ts';
import { standingOf, standings } from '../../../domain/timetable/standing.ts';
import type { Standing, StandingCounts } from '../../../domain/timetable/standing.ts';
import type { NodeView } from '../../../scheduler/api/api.ts';

export const START = '2014110100';
export const NOW = Date.UTC(2015, 5, 1, 0, 30, 12);

const retry = { delay: 30_000, maxDelay: 900_000, maxAttempts: 5 };

const managed = (name: string, qualifier: Qualifier, more: Partial<ManagedProcess> = {}): ManagedProcess => ({
  kind: 'managed',
  name,
  description: `${name}: web-traffic analytics`,
  worker: { kind: 'handler', module: '/demo/worker.ts', exportName: 'default', isolation: 'host' },
  arguments: {},
  concurrency: 2,
  retry,
  presentOnBoxes: ['*'],
  qualifier,
  grouping: 1,
  strategy: 'discrete',
  blocking: 'children',
  trigger: 'every 30s',
  startLag: 300_000,
  ordered: false,
  on: true,
  dependencies: [],
  sink: `${name.toLowerCase()}_sink`,
  emptySource: 'noop',
  ...more,
});

export const processes: readonly ManagedProcess[] = [
  managed('SiteHourly', 'hourly', {
    strategy: 'recomputing',
    blocking: 'normal',
    source: 'hit',
    concurrency: 8,
  }),
  managed('SiteDaily', 'daily'),
  managed('SiteMonthly', 'monthly'),
  managed('SiteYearly', 'yearly'),
  managed('ClientDaily', 'daily', { blocking: 'dependencies', trigger: 'at 06:00' }),
  managed('ClientMonthly', 'monthly'),
  managed('ClientYearly', 'yearly'),
  managed('AlertDaily', 'daily', { blocking: 'dependencies', on: false, trigger: 'cron 15 6 * * *' }),
];

export const trees: readonly Tree[] = [
  {
    name: 'site',
    processes: ['SiteYearly', 'SiteMonthly', 'SiteDaily', 'SiteHourly'],
    dependsOn: [],
    page: 'traffic',
    description: 'Requests, bytes and visitors of the whole site',
  },
  {
    name: 'client',
    processes: ['ClientYearly', 'ClientMonthly', 'ClientDaily'],
    dependsOn: ['site'],
    page: 'traffic',
    description: 'The same per client',
  },
  {
    name: 'alert',
    processes: ['AlertDaily'],
    dependsOn: ['site'],
    page: 'alerts',
    description: 'Days out of the ordinary',
  },
];

export interface FakeNode {
  readonly tree: string;
  readonly process: ManagedProcess;
  readonly timeperiod: string;
  state: JobState;
  version: number;
  uow?: UowState;
  /** Of an INVALID unit; null while quarantined. */
  retryAt: number | null;
  redo: boolean;
  readonly children: FakeNode[];
  parent?: FakeNode;
}

const noise = (text: string): number => {
  let hash = 7;
  for (const char of text) hash = (hash * 31 + char.charCodeAt(0)) % 10_007;
  return hash / 10_007;
};

/** Hours: history with quiet nights and a few blemishes, then one failing hour and the running edge. */
const settleLeaf = (node: FakeNode): void => {
  const { timeperiod } = node;
  const luck = noise(timeperiod);
  node.version = 3;
  node.state =
    Number(timeperiod.slice(8)) < 5 && luck < 0.3 ? 'NOOP' : luck > 0.994 ? 'SKIPPED' : 'PROCESSED';
  if (timeperiod === '2015053117') Object.assign(node, { state: 'IN_PROGRESS', uow: 'INVALID', version: 1 });
  if (timeperiod === '2015052903')
    Object.assign(node, { state: 'IN_PROGRESS', uow: 'INVALID', version: 4, redo: true });
  if (timeperiod === '2015053121')
    Object.assign(node, { state: 'IN_PROGRESS', uow: 'REQUESTED', version: 1 });
  if (timeperiod === '2015053122')
    Object.assign(node, { state: 'FINAL_RUN', uow: 'IN_PROGRESS', version: 2 });
  if (timeperiod === '2015053123')
    Object.assign(node, { state: 'IN_PROGRESS', uow: 'IN_PROGRESS', version: 1 });
  if (timeperiod >= '2015060100') Object.assign(node, { state: 'EMBRYO', version: 0 });
};

const settle = (node: FakeNode, waitsFor: FakeNode | undefined): void => {
  const open = node.children.some((child) => !isJobFinished(child.state));
  const late = waitsFor !== undefined && !isJobFinished(waitsFor.state);
  const young = current(node.process.qualifier, NOW) === node.timeperiod;
  node.state = open || late || young ? 'EMBRYO' : 'PROCESSED';
  node.version = node.state === 'EMBRYO' ? 0 : 2;
};

/** A timetable in memory, as the scheduler would show it: enough truth for pages, no life of its own. */
export class FakeTimetable {
  readonly nodes = new Map<string, FakeNode>();
  readonly tops = new Map<string, FakeNode[]>();

  constructor(start = START) {
    for (const tree of trees) this.#grow(tree, start);
    for (const tree of trees) this.#settle(tree);
  }

  #grow(tree: Tree, start: string): void {
    let above: Qualifier | undefined;
    let aboveName = '';
    for (const name of tree.processes) {
      const process = processes.find((entry) => entry.name === name)!;
      const { qualifier } = process;
      const last = ordinal(qualifier, current(qualifier, NOW));
      const level: FakeNode[] = [];
      for (let at = ordinal(qualifier, cast(qualifier, start)); at <= last; at++) {
        const timeperiod = fromOrdinal(qualifier, at);
        const node: FakeNode = {
          tree: tree.name,
          process,
          timeperiod,
          state: 'EMBRYO',
          version: 0,
          redo: false,
          retryAt: NOW,
          children: [],
        };
        const parent =
          above === undefined ? undefined : this.nodes.get(`${aboveName}/${cast(above, timeperiod)}`);
        if (parent) {
          node.parent = parent;
          parent.children.push(node);
        }
        this.nodes.set(`${name}/${timeperiod}`, node);
        level.push(node);
      }
      if (above === undefined) this.tops.set(tree.name, level);
      [above, aboveName] = [qualifier, name];
    }
  }

  #settle(tree: Tree): void {
    for (const name of tree.processes.toReversed()) {
      for (const node of this.of(name)) {
        if (node.process.qualifier === 'hourly') settleLeaf(node);
        else settle(node, this.dependencies(node)[0]);
      }
    }
  }

  of(processName: string): FakeNode[] {
    return [...this.nodes.values()].filter((node) => node.process.name === processName);
  }

  get({ processName, timeperiod }: JobKey): FakeNode {
    const node = this.nodes.get(`${processName}/${timeperiod}`);
    if (!node) throw new SynergyError('NOT_FOUND', `no job ${processName}/${timeperiod}`);
    return node;
  }

  dependencies(node: FakeNode): FakeNode[] {
    const tree = trees.find((entry) => entry.name === node.tree)!;
    return tree.dependsOn.flatMap((other) => this.#counterpart(node, other));
  }

  dependants(node: FakeNode): FakeNode[] {
    return trees
      .filter((entry) => entry.dependsOn.includes(node.tree))
      .flatMap((entry) => this.#counterpart(node, entry.name));
  }

  #counterpart(node: FakeNode, treeName: string): FakeNode[] {
    const names = trees.find((entry) => entry.name === treeName)!.processes;
    const twin = processes.find(
      (entry) => names.includes(entry.name) && entry.qualifier === node.process.qualifier,
    );
    const found = twin && this.nodes.get(`${twin.name}/${node.timeperiod}`);
    return found ? [found] : [];
  }

  standing({ state, uow, retryAt }: FakeNode): Standing {
    return standingOf(state, uow && { state: uow, retryAt });
  }

  counts(nodes: Iterable<FakeNode>): StandingCounts {
    const counts = Object.fromEntries(standings.map((standing) => [standing, 0])) as Record<Standing, number>;
    for (const node of nodes) counts[this.standing(node)]++;
    return counts;
  }

  view(node: FakeNode): NodeView {
    const { tree, process, timeperiod, state, version, redo, uow, children } = node;
    return {
      tree,
      processName: process.name,
      timeperiod,
      qualifier: process.qualifier,
      state,
      standing: this.standing(node),
      version,
      redo,
      childCount: children.length,
      ...(uow && { uow }),
      ...(children.length > 0 && { counts: this.counts(below(node)) }),
    };
  }
}

function* below(node: FakeNode): Generator<FakeNode> {
  for (const child of node.children) {
    yield child;
    yield* below(child);
  }
}
