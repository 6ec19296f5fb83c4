import { setTimeout as sleep } from 'node:timers/promises';

/** Characters of an answer that are shown: why it was refused stands at its end. */
const SHOWN = 1_000;

/** A trigger as the API takes it. */
export interface GivenTrigger {
  readonly owner: string;
  readonly triggerId: string;
  readonly schedule: string;
  readonly target: { readonly url: string };
  readonly payload: { readonly number: number };
}

const DAY = 86_400_000;

const given = (id: string, schedule: string, url: string, number: number): GivenTrigger => ({
  owner: 'local',
  triggerId: id,
  schedule,
  target: { url },
  payload: { number },
});

const iso = (instant: number): string => new Date(instant).toISOString();

/** So many triggers that are due every day, the first time from an instant on, spread evenly over some milliseconds. */
export const dueTriggers = (
  count: number,
  { name, from, over, url }: { name: string; from: number; over: number; url: string },
): GivenTrigger[] =>
  Array.from({ length: count }, (_, i) => {
    const at = from + Math.floor((i * over) / count);
    return given(`${name}-${i}`, `R/${iso(at)}/P1D/ET1M`, url, i);
  });

/** Triggers of which none is due while a benchmark runs, each with a schedule of its own: repeating intervals and cron. */
export const waitingTriggers = (count: number, name: string, now: number, url: string): GivenTrigger[] => {
  const month = ((new Date(now).getUTCMonth() + 6) % 12) + 1;
  const later = Math.ceil(now / DAY) * DAY + 30 * DAY;
  const cron = (i: number): string =>
    `cron ${i % 60} ${Math.floor(i / 60) % 24} ${1 + (Math.floor(i / 1440) % 28)} ${month},${1 + (Math.floor(i / 40_320) % 2 ? month % 12 : (month + 1) % 12)} *`;
  return Array.from({ length: count }, (_, i) =>
    given(`${name}-${i}`, i % 2 === 0 ? `R/${iso(later + i * 1000)}/P1D` : cron((i - 1) / 2), url, i),
  );
};

/** Triggers of one command, which has to fit into 64 kB; commands at once. */
const CHUNK = 100;
const AT_ONCE = 4;

/** Puts triggers through the API of a dashboard; resolves when all are stored and planned. */
export const importTriggers = async (dashboard: string, triggers: readonly GivenTrigger[]): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < triggers.length) {
      const part = triggers.slice(next, (next += CHUNK));
      const id = `import/${part[0]?.triggerId ?? ''}`;
      await putAll(dashboard, id, part);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
};

const putAll = async (dashboard: string, id: string, triggers: readonly GivenTrigger[]): Promise<void> => {
  for (;;) {
    const answer = await fetch(new URL('api/v1/commands', dashboard), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, kind: 'put-triggers', triggers, reason: 'benchmark' }),
    });
    const text = await answer.text();
    if (answer.status === 202) {
      await sleep(10);
      continue;
    }
    const { result } = JSON.parse(text) as {
      result?: { created: number; changed: number; unchanged: number };
    };
    if (!answer.ok || result === undefined) throw new Error(`an import was refused: ${text.slice(-SHOWN)}`);
    const put = result.created + result.changed + result.unchanged;
    if (put !== triggers.length)
      throw new Error(`${put} of ${triggers.length} triggers were put: ${text.slice(-SHOWN)}`);
    return;
  }
};
