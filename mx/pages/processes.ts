import { formatDuration } from '../../domain/time/duration.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import type { Dependency, ManagedProcess } from '../../domain/model/process.ts';
import { plural } from '../../domain/plural.ts';
import type { ProcessSummary } from '../../scheduler/api/api.ts';
import { countBar } from '../present/count-bar.ts';
import { actionPath, jobPath, journalPath, treePath } from '../present/link.ts';
import { countOf } from '../present/number-text.ts';
import { clockText, distanceText, periodText } from '../present/time-text.ts';
import { workerText } from '../present/worker-text.ts';
import { definePage } from './page.ts';

/** Changes looked through for who switched a process last. */
const MAX_CHANGES = 1000;

const mappingText = ({ process, mapping, atLeast }: Dependency): string => {
  const how = typeof mapping === 'string' ? mapping : `offset ${[mapping.offset].flat().join(' to ')}`;
  return `${process} (${how}${atLeast === undefined ? '' : `, at least ${atLeast}`})`;
};

const facts = (process: ManagedProcess) =>
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

/** Who switched each process last, when and why; commands newest first. */
const switchesOf = (commands: readonly CommandRecord[]) =>
  new Map(
    commands.toReversed().flatMap(({ state, arguments: { processName, on }, actor, createdAt, reason }) => {
      if (state !== 'done' || typeof on !== 'boolean' || typeof processName !== 'string') return [];
      const to = on ? 'on' : 'off';
      return [[processName, { to, actor, at: clockText(createdAt), reason: reason ?? undefined }] as const];
    }),
  );

const line = (summary: ProcessSummary, timetableNow: number, switches: ReturnType<typeof switchesOf>) => {
  const { process, on, trigger, oldestUnfinished } = summary;
  const { name: processName } = process;
  return {
    name: processName,
    description: process.description,
    on,
    switchHref: actionPath('set-managed', { processName, on: String(!on) }),
    editHref: actionPath('set-managed', { processName }),
    fireHref: actionPath('fire-managed', { processName }),
    qualifier: process.qualifier,
    trigger,
    /** The trigger differs from the one in the context. */
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
    /** In its queue: at least one for each unit that waits, since they ring again. */
    messages: summary.queueDepth === null ? '? messages' : countOf(summary.queueDepth.ready, 'message'),
    /** Undefined when it is as the context says. */
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
) => {
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
  open: async ({ api, timetableClock }) => {
    const [summaries, commands] = await Promise.all([
      api.managed(),
      api.commands(MAX_CHANGES, { kind: 'set-managed' }),
    ]);
    const model = present(summaries, commands, timetableClock.now());
    return { view: 'processes', title: 'Processes', model };
  },
});
