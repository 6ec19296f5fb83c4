import type { Audience } from './supervise-box.ts';
import { createGauge, lineGauge } from './gauge.ts';
import type { News } from './news.ts';

/** Tells people what happens, on standard output; news also goes to a waiting `start --daemon`. */
export interface Teller extends Audience {
  close(): void;
}

/** Since this process was started. */
const sinceStart = (): string => `${(performance.now() / 1000).toFixed(1)} s`;

/** Makes a teller; `progress`: also show how many periods are finished. */
export const createTeller = async (progress: boolean): Promise<Teller> => {
  const gauge = progress ? await createGauge() : lineGauge();
  const texts: { readonly [K in News['kind']]: (news: Extract<News, { kind: K }>) => void } = {
    listening: ({ address }) => gauge.print(`dashboard: ${address}`),
    'standing-by': () =>
      gauge.print('another scheduler is at work on this store; this one takes over when that is gone'),
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
