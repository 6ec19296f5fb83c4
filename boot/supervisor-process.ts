import { createHash } from 'node:crypto';
import { SynergyError } from '../domain/errors.ts';
import type { Json } from '../domain/model/process.ts';
import { EVENT_WORKER, SCHEDULER, SUPERVISOR, WORKER } from '../domain/model/service-name.ts';
import type { Settings } from '../settings.ts';
import type { FromService } from '../supervisor/ipc/message.ts';
import { createSupervisor } from '../supervisor/supervisor.ts';
import type { ServiceSpec } from '../supervisor/service-keeper.ts';
import { giveBackWork, releaseWork } from './box/release-work.ts';
import { readServiceFile, removeServiceFile, writeOwnServiceFile } from '../supervisor/service-file.ts';
import { tryLock } from '../db/embedded/lock.ts';
import type { Lock } from '../db/store.ts';
import { openAdapters } from './adapters.ts';
import type { Adapters } from './adapters.ts';
import { checkSharedQueue, recordSharedQueue } from './box/shared-queue-check.ts';
import { doneExitCode } from './run-event.ts';
import type { RunEvent } from './run-event.ts';
import { deferred } from '../lib/deferred.ts';
import { packageVersion } from '../lib/package-info.ts';
import type { Relaunch } from './relaunch.ts';
import { entryUrl } from './entry/entry-url.ts';
import { onEndSignals } from './signals.ts';
import { checkAccessLog, checkDataDir, checkPort } from './box/preflight.ts';
import { startTimeperiod } from './start-timeperiod.ts';

/** Time beyond the grace of running work after which a service that will not stop is killed, ms. */
const KILL_AFTER = 3000;

/** Who hears what happens. */
export interface Audience {
  say(line: string): void;
  news(news: RunEvent): void;
}

/** How a run under the supervisor ended: by request, by `untilDone`, or because a service refused to begin. */
export type BoxEnding =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'done'; readonly exitCode: number }
  | { readonly kind: 'refused'; readonly error: SynergyError };

/**
 * A delivery lives for some hundred milliseconds: in a young generation of 16 MB, as it is by default, the deliveries under way
 * are copied again and again, which takes a seventh of the time of a busy worker.
 */
const eventWorkerOptions = ['--max-semi-space-size=64'];

const servicesOf = ({ events }: Settings): ServiceSpec[] => [
  ...[SCHEDULER, WORKER].map((name) => ({ name, module: entryUrl(name) })),
  ...(events
    ? [{ name: EVENT_WORKER, module: entryUrl(EVENT_WORKER), nodeOptions: eventWorkerOptions }]
    : []),
];

/** One supervisor to a data folder, wherever its store is; the lock is to be kept until the end. */
const holdFolder = (settings: Settings): Lock => {
  const lock = tryLock(settings.dataDir, SUPERVISOR);
  if (lock !== undefined) return lock;
  const { pid } = readServiceFile(settings.dataDir, SUPERVISOR) ?? {};
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  throw new SynergyError(
    'STORE_LOCKED',
    `'${settings.dataDir}' is in use by ${who}: stop it with 'synergy stop', or choose another folder with --data-dir`,
  );
};

/**
 * Services that were begun with the same settings by the same version may go on under another supervisor. What was reckoned
 * from the time of the start does not count: their run goes on, it does not begin again.
 */
const digestOf = (brief: Settings): string => {
  const given = { ...brief, clockOffset: null, until: null };
  return createHash('sha256')
    .update(JSON.stringify([packageVersion, given]))
    .digest('hex');
};

/** What a service's message means for the run; undefined when it goes on. */
const endingOf = (message: FromService, ready: boolean): BoxEnding | undefined => {
  if (message.type === 'refused') {
    // Once everything was up, a refusal is a failure like others: the supervisor tries again. One who is deposed is to
    // stand by.
    if (ready || message.code === 'DEPOSED') return undefined;
    return { kind: 'refused', error: new SynergyError(message.code, message.message) };
  }
  if (message.type !== 'news') return undefined;
  const news = message.news as RunEvent;
  return news.kind === 'done' ? { kind: 'done', exitCode: doneExitCode(news) } : undefined;
};

/** Runs the services until a signal, the end of `untilDone` or a refusal. */
const runUntilEnd = async (adapters: Adapters, audience: Audience, brief: Settings): Promise<BoxEnding> => {
  const { settings, store, clock } = adapters;
  const ready = new Set<string>();
  const { promise: ended, resolve: end } = deferred<BoxEnding>();
  const supervisor = createSupervisor({
    boxId: settings.boxId,
    dataDir: settings.dataDir,
    services: servicesOf(settings),
    brief: brief as unknown as Json,
    digest: digestOf(brief),
    grace: settings.workerGrace + KILL_AFTER,
    clock,
    store,
    release: (owner, end) => (end === 'died' ? releaseWork : giveBackWork)(adapters, owner),
    message: (service, message) => {
      if (message.type === 'ready') ready.add(service);
      if (message.type === 'news') {
        const news = message.news as RunEvent;
        // A scheduler that waits for another one has found all it needs.
        if (news.kind === 'standing-by') ready.add(service);
        audience.news(news);
      }
      const ending = endingOf(message, ready.has(service));
      if (ending !== undefined) end(ending);
    },
    failed: () => {
      if (settings.untilDone) end({ kind: 'done', exitCode: 1 });
    },
    say: (line) => audience.say(line),
  });
  onEndSignals(
    () => end({ kind: 'stopped' }),
    () => supervisor.kill(),
  );
  try {
    const adopted = await supervisor.takeOver();
    if (!adopted.includes(SCHEDULER)) await checkPort(settings);
    await supervisor.start();
    const ending = await ended;
    if (ending.kind === 'stopped') audience.say('stopping');
    return ending;
  } finally {
    await supervisor.stop();
  }
};

/**
 * Runs everything on this box until it is stopped, in the foreground. `launch` is how `restart` starts it again. Throws
 * before anything runs when settings, log, store or port will not do.
 */
export const superviseBox = async (
  settings: Settings,
  audience: Audience,
  launch: Relaunch,
): Promise<BoxEnding> => {
  checkDataDir(settings);
  checkAccessLog(settings);
  const adapters = await openAdapters(settings);
  try {
    const lock = holdFolder(settings);
    await checkSharedQueue(adapters);
    await recordSharedQueue(adapters);
    const start = await startTimeperiod(adapters.store, settings, adapters.timetableClock.now());
    writeOwnServiceFile(settings.dataDir, SUPERVISOR, launch);
    try {
      return await runUntilEnd(adapters, audience, { ...settings, startTimeperiod: start });
    } finally {
      removeServiceFile(settings.dataDir, SUPERVISOR);
      await lock.release();
    }
  } finally {
    await adapters.close();
  }
};
