import { formatDuration } from '../../domain/time/duration.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import type { Dependency, ManagedProcess, WorkerSpec } from '../../domain/model/process.ts';
import { plural } from '../../domain/plural.ts';
import type { ProcessSummary } from '../../scheduler/api/api.ts';
import { nothing } from '../http/input.ts';
import { countBar } from '../present/count-bar.ts';
import type { CountBar } from '../present/count-bar.ts';
import { actionPath, jobPath, journalPath, treePath } from '../present/link.ts';
import { countOf } from '../present/number-text.ts';
import { clockText, distanceText, periodText } from '../present/time-text.ts';
import type { TimeText } from '../present/time-text.ts';
import { definePage } from './page.ts';

interface Switched {
  readonly to: string;
  readonly actor: string;
  readonly at: TimeText;
  readonly reason: string | undefined;
}

interface ProcessLine {
  readonly name: string;
  readonly description: string;
  readonly tree: { readonly name: string; readonly href: string };
  readonly on: boolean;
  readonly switchHref: string;
  readonly editHref: string;
  readonly fireHref: string;
  readonly qualifier: string;
  readonly trigger: string;
  /** The trigger differs from the one in the context. */
  readonly triggerChanged: boolean;
  readonly nextFires: readonly TimeText[];
  readonly bar: CountBar;
  readonly oldest: { readonly href: string; readonly text: string } | undefined;
  readonly running: number;
  readonly concurrency: number;
  /** In its queue: at least one for each unit that waits, since they ring again. */
  readonly messages: string;
  /** Who switched it last, when and why; undefined when it is as the context says. */
  readonly switched: Switched | undefined;
  readonly historyHref: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly arguments: string;
}

/** What the page of managed processes shows. */
export interface ProcessesModel {
  readonly groups: readonly {
    readonly tree: string;
    readonly href: string;
    readonly processes: readonly ProcessLine[];
  }[];
}

/** Changes looked through for who switched a process last. */
const MAX_CHANGES = 1000;

const mappingText = ({ process, mapping, atLeast }: Dependency): string => {
  const how = typeof mapping === 'string' ? mapping : `offset ${[mapping.offset].flat().join(' to ')}`;
  return `${process} (${how}${atLeast === undefined ? '' : `, at least ${atLeast}`})`;
};

const workerText = (worker: WorkerSpec): string => {
  switch (worker.kind) {
    case 'handler':
      return `handler ${worker.module.split('/').at(-1) ?? worker.module}, ${worker.exportName}`;
    case 'command':
      return `command ${worker.argv.join(' ')}`;
    case 'external':
      return 'external, over the HTTP API';
    case 'identity':
    case 'failing':
      return worker.kind;
  }
};

const facts = (process: ManagedProcess): ProcessLine['facts'] =>
  [
    { label: 'Strategy', value: process.strategy },
    { label: 'Blocking', value: process.blocking },
    { label: 'Grouping', value: process.grouping === 1 ? '' : `${process.grouping} periods a job` },
    { label: 'Start lag', value: process.strategy === 'discrete' ? formatDuration(process.startLag) : '' },
    { label: 'Order', value: process.ordered ? 'kept: a stuck period holds the later ones' : '' },
    { label: 'Waits for', value: process.dependencies.map(mappingText).join(', ') },
    {
      label: 'Retry',
      value: `${plural(process.retry.maxAttempts, 'attempt')}, ${formatDuration(process.retry.delay)} doubling to ${formatDuration(process.retry.maxDelay)}`,
    },
    { label: 'Time limit', value: process.timeLimit === undefined ? '' : formatDuration(process.timeLimit) },
    { label: 'Worker', value: workerText(process.worker) },
    { label: 'Source', value: process.source ?? '' },
    { label: 'Sink', value: process.sink ?? '' },
    { label: 'Without rows', value: process.source === undefined ? '' : process.emptySource },
  ].filter(({ value }) => value !== '');

/** The last time that each process was switched; commands newest first. */
const switchesOf = (commands: readonly CommandRecord[]): ReadonlyMap<string, Switched> => {
  const switches = new Map<string, Switched>();
  for (const { state, arguments: given, actor, createdAt, reason } of commands) {
    const { processName, on } = given;
    if (state !== 'done' || typeof on !== 'boolean' || typeof processName !== 'string') continue;
    if (switches.has(processName)) continue;
    const to = on ? 'on' : 'off';
    switches.set(processName, { to, actor, at: clockText(createdAt), reason: reason ?? undefined });
  }
  return switches;
};

const line = (
  summary: ProcessSummary,
  timetableNow: number,
  switches: ReadonlyMap<string, Switched>,
): ProcessLine => {
  const { process, tree, on, trigger, oldestUnfinished } = summary;
  const { name: processName } = process;
  return {
    name: processName,
    description: process.description,
    tree: { name: tree, href: treePath(tree) },
    on,
    switchHref: actionPath('set-managed', { processName, on: String(!on) }),
    editHref: actionPath('set-managed', { processName }),
    fireHref: actionPath('fire-managed', { processName }),
    qualifier: process.qualifier,
    trigger,
    triggerChanged: trigger !== process.trigger,
    nextFires: summary.nextFires.map((at) => distanceText(at, timetableNow)),
    bar: countBar(summary.counts),
    oldest:
      oldestUnfinished === null
        ? undefined
        : {
            href: jobPath({ processName, timeperiod: oldestUnfinished }),
            text: periodText(process.qualifier, oldestUnfinished),
          },
    running: summary.running,
    concurrency: process.concurrency,
    messages: summary.queueDepth === null ? '? messages' : countOf(summary.queueDepth.ready, 'message'),
    switched: switches.get(processName),
    historyHref: journalPath(processName),
    facts: facts(process),
    arguments: JSON.stringify(summary.arguments, null, 2),
  };
};

/** Managed processes, by tree. `timetableNow` in ms; `commands` that changed them, newest first. Pure. */
export const present = (
  summaries: readonly ProcessSummary[],
  commands: readonly CommandRecord[],
  timetableNow: number,
): ProcessesModel => {
  const switches = switchesOf(commands);
  const trees = [...new Set(summaries.map(({ tree }) => tree))];
  return {
    groups: trees.map((tree) => ({
      tree,
      href: treePath(tree),
      processes: summaries
        .filter((summary) => summary.tree === tree)
        .map((summary) => line(summary, timetableNow, switches)),
    })),
  };
};

export const processesPage = definePage({
  path: '/processes',
  nav: { label: 'Processes', icon: 'processes' },
  params: nothing,
  query: nothing,
  open: async ({ api, timetableClock }) => {
    const [summaries, commands] = await Promise.all([
      api.managed(),
      api.commands(MAX_CHANGES, { kind: 'set-managed' }),
    ]);
    const model = present(summaries, commands, timetableClock.now());
    return { view: 'processes', title: 'Processes', model };
  },
});
