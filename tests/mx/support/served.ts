import { defineContext, freerunProcess, tree } from '../../../domain/model/define.ts';
import type { ProcessContext } from '../../../domain/model/process.ts';
import type { SchedulerApi } from '../../../scheduler/api/api.ts';
import { startMx } from '../../../mx/server.ts';
import type { Mx } from '../../../mx/server.ts';
import { managed } from '../../support/context.ts';
import type { Extra } from '../../support/context.ts';
import { openRig, quietLog } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';
import { ask } from './ask.ts';
import type { Answer, Question } from './ask.ts';
import { fakeTraffic } from './fake-traffic.ts';

/** A line that would be markup anywhere it is not escaped. */
export const MARKUP = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

const wide: Extra = { concurrency: 1000, blocking: 'children' };

/** Web traffic in three trees, and a freerun process. */
export const siteContext = (): ProcessContext => {
  const trees = {
    site: [
      managed('SiteYearly', 'yearly', wide),
      managed('SiteMonthly', 'monthly', wide),
      managed('SiteDaily', 'daily', wide),
      managed('SiteHourly', 'hourly', { ...wide, blocking: 'normal' }),
    ],
    client: [
      managed('ClientMonthly', 'monthly', wide),
      managed('ClientDaily', 'daily', { ...wide, blocking: 'dependencies' }),
    ],
    alert: [managed('AlertDaily', 'daily', { ...wide, blocking: 'dependencies', description: MARKUP })],
  };
  return defineContext({
    processes: [
      ...Object.values(trees).flat(),
      freerunProcess({
        name: 'SessionCollector',
        identity: true,
        entries: [
          {
            name: 'open',
            trigger: 'every 15m',
            arguments: { depth: 3 },
            description: 'Collects open sessions',
          },
        ],
      }),
    ],
    trees: [
      tree({ name: 'site', processes: trees.site.map(({ name }) => name), description: 'The whole site' }),
      tree({
        name: 'client',
        processes: trees.client.map(({ name }) => name),
        dependsOn: ['site'],
        description: 'Client by client',
      }),
      tree({ name: 'alert', processes: trees.alert.map(({ name }) => name), dependsOn: ['site'] }),
    ],
  });
};

/** A real scheduler behind a real server. */
export interface Served {
  readonly rig: Rig;
  readonly api: SchedulerApi;
  readonly mx: Mx;
  readonly ask: (path: string, question?: Question) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/** `start` of the timetable in ms. */
export const serve = async (
  start = Date.UTC(2015, 4, 31, 22),
  context = siteContext(),
  site: { readonly title?: string; readonly hasTriggers?: boolean } = {},
): Promise<Served> => {
  const rig = await openRig(context, { start });
  const mx = await startMx({
    ...site,
    apiFor: rig.apiFor,
    clock: rig.clock,
    timetableClock: rig.clock,
    host: '127.0.0.1',
    port: 0,
    logger: quietLog,
    demoPage: () => Promise.resolve(fakeTraffic()),
  });
  return {
    rig,
    api: rig.api,
    mx,
    ask: (path, question) => ask(new URL(path, mx.url).href, question),
    close: async () => {
      await mx.stop();
      await rig.close();
    },
  };
};

/** Workers finish all that is requested, and what follows from it, but for the jobs named (`process/timeperiod`). */
export const finishAll = async (rig: Rig, except: readonly string[] = []): Promise<void> => {
  const names = [...rig.services.shared.timetable.levels.keys()];
  for (;;) {
    for (const name of names) await rig.tick(name);
    const requested = await rig.store.findUows({ states: ['REQUESTED'], limit: 5000 });
    const open = requested.filter(
      ({ processName, timeperiod }) => !except.includes(`${processName}/${timeperiod}`),
    );
    if (open.length === 0) return;
    const now = rig.clock.now();
    const claimed = await rig.store.claim(
      open.map(({ id }) => id),
      { owner: 'pine', expiresAt: now + 15_000, now },
    );
    await rig.store.report(
      'pine',
      claimed.map(({ id, attempt, token }) => ({
        id,
        attempt,
        token: token ?? '',
        event: 'complete' as const,
        processed: 120,
        aggregated: 1,
        error: null,
        retryAt: null,
      })),
      now + 840,
    );
    await rig.services.turnLoop.report(claimed.map(({ id }) => id));
    await rig.quiet();
  }
};

/** Two weeks of work with a failed hour, a running one and their logs, as a person would find them in the morning. */
export const playTwoWeeks = async (rig: Rig): Promise<void> => {
  const [failing, running] = ['2015053117', '2015060122'];
  await finishAll(rig, [`SiteHourly/${failing}`, `SiteHourly/${running}`]);
  const lines = ['opened access.log', MARKUP, 'read 120 rows'];
  const log = (parentId: string): Promise<void> =>
    rig.store.appendLog(
      lines.map((line, index) => ({
        parentId,
        sequence: index + 1,
        attempt: 1,
        at: rig.clock.now(),
        stream: index === 1 ? 'stderr' : 'stdout',
        line,
      })),
    );
  await log((await rig.uow('SiteHourly', failing)).id);
  await rig.finish('SiteHourly', failing, 'fail');
  const unit = await rig.claim(await rig.uow('SiteHourly', running));
  await rig.store.progress(unit.id, unit.token ?? '', { done: 70, total: 120 });
  await log(unit.id);
  await rig.api.execute({
    kind: 'fire-freerun',
    processName: 'SessionCollector',
    entryName: 'open',
  });
  await rig.quiet();
};
