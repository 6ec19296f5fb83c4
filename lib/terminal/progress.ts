import { print, shownOn } from './output.ts';

/** Time between two lines of progress where they are not redrawn in place, ms. */
const LINE_EVERY = 1000;

/** Shows progress: redrawn in place on a terminal, else as a line now and then. */
export interface ProgressDisplay {
  show(text: string): void;
  /** Prints a line that stays. */
  print(line: string): void;
  close(): void;
}

/** For where nothing can be redrawn: a line now and then. */
export const lineProgress = (): ProgressDisplay => {
  let shownAt = 0;
  let shown = '';
  let pending = '';
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

const spinnerGauge = async (): Promise<ProgressDisplay> => {
  const { default: ora } = await import('ora');
  const spinner = ora({ stream: process.stdout, discardStdin: false });
  return {
    show: (text) => {
      spinner.text = shownOn(process.stdout, text);
      if (!spinner.isSpinning) spinner.start();
    },
    print: (line) => {
      const { isSpinning } = spinner;
      if (isSpinning) spinner.stop();
      print(line);
      if (isSpinning) spinner.start();
    },
    close: () => {
      if (spinner.isSpinning) spinner.stopAndPersist();
    },
  };
};

/** The display that fits standard output. */
export const createProgressDisplay = async (): Promise<ProgressDisplay> =>
  process.stdout.isTTY ? await spinnerGauge() : lineProgress();
