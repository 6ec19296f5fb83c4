import { plural } from '../domain/plural.ts';
import { sendToParent } from '../lib/os/parent.ts';
import { createProgressDisplay, lineProgress } from '../lib/terminal/progress.ts';
import { firstAdminText } from './run-event.ts';
import type { RunEvent } from './run-event.ts';

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

/**
 * Tells people what happens, on standard output; news also goes to a waiting `start --daemon`. `progress`: also show
 * how many periods are finished.
 */
export const createRunConsole = async (progress: boolean) => {
  const display = progress ? await createProgressDisplay() : lineProgress();
  const isDaemon = process.connected;
  const texts: { readonly [K in RunEvent['kind']]: (news: Extract<RunEvent, { kind: K }>) => void } = {
    listening: ({ address }) => display.print(`dashboard: ${address}`),
    // Of a daemon standard output is a file: the command that started it prints the link.
    'first-admin': ({ name, link }) => {
      if (!process.connected)
        display.print(firstAdminText({ name, ...(link !== undefined && !isDaemon && { link }) }));
    },
    'standing-by': () =>
      display.print('another scheduler is at work on this store; this one takes over when that is gone'),
    'standby-listening': ({ address }) => display.print(`stands by, with its dashboard at ${address}`),
    serving: ({ names }) => display.print(`${names.join(', ')} runs; Ctrl-C stops it`),
    warning: ({ text }) => display.print(`warning: ${text}`),
    'first-job': ({ job }) => display.print(`first job finished: ${job}, ${sinceStart()} after the start`),
    progress: ({ finished, total }) => {
      if (progress) display.show(`${finished}/${plural(total, 'period')} finished`);
    },
    done: (news) => {
      display.close();
      for (const line of doneLines(news)) display.print(line);
    },
  };
  let isDone = false;
  return {
    say: (line: string) => display.print(line),
    news: (news: RunEvent) => {
      // A run over little is done before its dashboard listens: how it ended stays the last line.
      if (!isDone) (texts[news.kind] as (given: RunEvent) => void)(news);
      isDone ||= news.kind === 'done';
      sendToParent(news);
    },
    close: () => display.close(),
  };
};
