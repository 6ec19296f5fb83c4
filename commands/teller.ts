import type { Audience } from './supervise-box.ts';
import type { News } from './news.ts';

/** Time between two lines of progress where they are not redrawn in place, ms. */
const LINE_EVERY = 1000;

/** Tells people what happens, on standard output; news also goes to a waiting `start --daemon`. */
export interface Teller extends Audience {
  close(): void;
}

/** Shows progress: redrawn in place on a terminal, else as a line now and then. */
interface Gauge {
  show(text: string): void;
  /** Prints a line that stays. */
  print(line: string): void;
  close(): void;
}

const lineGauge = (): Gauge => {
  let shownAt = 0;
  let shown = '';
  let pending = '';
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const flush = (): void => {
    if (pending !== shown) print(pending);
    shown = pending;
  };
  return {
    print,
    show: (text) => {
      pending = text;
      if (Date.now() - shownAt < LINE_EVERY) return;
      shownAt = Date.now();
      flush();
    },
    close: flush,
  };
};

const spinnerGauge = async (): Promise<Gauge> => {
  const { default: ora } = await import('ora');
  const spinner = ora({ stream: process.stdout, discardStdin: false });
  return {
    show: (text) => {
      spinner.text = text;
      if (!spinner.isSpinning) spinner.start();
    },
    print: (line) => {
      const { isSpinning } = spinner;
      if (isSpinning) spinner.stop();
      process.stdout.write(`${line}\n`);
      if (isSpinning) spinner.start();
    },
    close: () => {
      if (spinner.isSpinning) spinner.stopAndPersist();
    },
  };
};

/** Since this process was started. */
const sinceStart = (): string => `${(performance.now() / 1000).toFixed(1)} s`;

/** Makes a teller; `progress`: also show how many periods are finished. */
export const createTeller = async (progress: boolean): Promise<Teller> => {
  const gauge = progress && process.stdout.isTTY ? await spinnerGauge() : lineGauge();
  const texts: { readonly [K in News['kind']]: (news: Extract<News, { kind: K }>) => void } = {
    listening: ({ address }) => gauge.print(`dashboard: ${address}`),
    serving: ({ names }) => gauge.print(`${names.join(', ')} runs; Ctrl-C stops it`),
    warning: ({ text }) => gauge.print(`warning: ${text}`),
    'first-job': ({ job }) => gauge.print(`first job finished: ${job}, ${sinceStart()} after the start`),
    progress: ({ finished, total }) => {
      if (progress) gauge.show(`${finished}/${total} periods finished`);
    },
    done: ({ ok, blockers }) => {
      gauge.close();
      if (ok) gauge.print(`done: every period is finished, ${sinceStart()} after the start`);
      else
        ['not done, held up by:', ...blockers.map((line) => `  ${line}`)].forEach((line) =>
          gauge.print(line),
        );
    },
  };
  return {
    say: (line) => gauge.print(line),
    news: (news) => {
      (texts[news.kind] as (given: News) => void)(news);
      if (process.connected) process.send?.(news);
    },
    close: () => gauge.close(),
  };
};
