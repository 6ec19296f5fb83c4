import { plural } from '../domain/plural.ts';
import type { Audience } from './supervisor-process.ts';
import { sendToParent } from '../lib/os/parent.ts';
import { createProgressDisplay, lineProgress } from '../lib/terminal/progress.ts';
import type { RunEvent } from './run-event.ts';

/** Tells people what happens, on standard output; news also goes to a waiting `start --daemon`. */
export interface RunConsole extends Audience {
  close(): void;
}

/** Since this process was started. */
const sinceStart = (): string => `${(performance.now() / 1000).toFixed(1)} s`;

const doneLines = ({ ok, blockers, givenUp }: Extract<RunEvent, { kind: 'done' }>): string[] => {
  const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
  if (!ok) return ['not done, held up by:', ...indented(blockers)];
  const { count, total, lines } = givenUp;
  const done = `done: every period is finished, ${sinceStart()} after the start`;
  if (count === 0) return [done];
  const more =
    count > lines.length ? [`and ${count - lines.length} more; all: synergy uow list --state CANCELED`] : [];
  return [
    done,
    `but ${count} of ${plural(total, 'job')} failed until given up, and ${count === 1 ? 'was' : 'were'} skipped; 'synergy job reprocess' runs one again:`,
    ...indented([...lines, ...more]),
  ];
};

/** Makes a teller; `progress`: also show how many periods are finished. */
export const createRunConsole = async (progress: boolean): Promise<RunConsole> => {
  const gauge = progress ? await createProgressDisplay() : lineProgress();
  const texts: { readonly [K in RunEvent['kind']]: (news: Extract<RunEvent, { kind: K }>) => void } = {
    listening: ({ address }) => gauge.print(`dashboard: ${address}`),
    'standing-by': () =>
      gauge.print('another scheduler is at work on this store; this one takes over when that is gone'),
    serving: ({ names }) => gauge.print(`${names.join(', ')} runs; Ctrl-C stops it`),
    warning: ({ text }) => gauge.print(`warning: ${text}`),
    'first-job': ({ job }) => gauge.print(`first job finished: ${job}, ${sinceStart()} after the start`),
    progress: ({ finished, total }) => {
      if (progress) gauge.show(`${finished}/${plural(total, 'period')} finished`);
    },
    done: (news) => {
      gauge.close();
      for (const line of doneLines(news)) gauge.print(line);
    },
  };
  let isDone = false;
  return {
    say: (line) => gauge.print(line),
    news: (news) => {
      // A run over little is done before its dashboard listens: how it ended stays the last line.
      if (!isDone) (texts[news.kind] as (given: RunEvent) => void)(news);
      isDone ||= news.kind === 'done';
      sendToParent(news);
    },
    close: () => gauge.close(),
  };
};
