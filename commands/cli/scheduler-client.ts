import type { Command, Option } from 'commander';
import type { Logger } from '../../domain/logger.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import type { RequestContext, SchedulerApi } from '../../scheduler/api/api.ts';
import { reason } from '../../scheduler/commands/command-table.ts';
import type { Command as SchedulerCommand } from '../../scheduler/commands/command-table.ts';
import { commandRecord } from '../../scheduler/commands/check-command.ts';
import { sealSecrets } from '../../scheduler/commands/seal-secrets.ts';
import { throughLeader } from '../../scheduler/commands/through-leader.ts';
import { openOffline } from '../../scheduler/offline.ts';
import type { OfflineApi } from '../../scheduler/offline.ts';
import { SCHEDULER_LOCK } from '../../scheduler/scheduler.ts';
import { userName } from '../../lib/os/user-name.ts';
import type { Settings } from '../../settings.ts';
import { openAdapters } from '../../boot/adapters.ts';
import type { Adapters } from '../../boot/adapters.ts';
import { loadContext } from '../../boot/load-context.ts';
import type { LoadedContext } from '../../boot/load-context.ts';
import { printError } from '../../lib/terminal/output.ts';
import { isSameContext, runningContext } from '../../boot/running-context.ts';
import { prepare } from '../../boot/scheduler-options.ts';
import type { Prepared } from '../../boot/scheduler-options.ts';
import { fieldOption } from './field-option.ts';
import { settingsOf } from './setting-options.ts';
import { readerClock } from '../../boot/timetable-clock.ts';

/** What commands look at and act through. */
export interface SchedulerClient extends Pick<OfflineApi, 'beginToLead' | 'reconcile'> {
  readonly api: SchedulerApi;
  readonly request: RequestContext;
  readonly adapters: Adapters;
  readonly prepared: Prepared;
}

/** A command as a user gives it. */
type Asked = SchedulerCommand & { readonly reason: string | undefined };

/** Of the services only what went wrong matters to a user at a terminal. */
const logger: Logger = {
  info: () => undefined,
  warn: printError,
  error: printError,
};

/**
 * The context that the scheduler at work has read; without one, the context of the settings. Warns where the file says
 * something else by now, or cannot be read any more.
 */
const contextInForce = async ({ store }: Adapters, settings: Settings): Promise<LoadedContext> => {
  const running = await runningContext(store);
  if (running === undefined) return loadContext(settings);
  const here = await loadContext(settings).catch((error: unknown) => error as Error);
  const inForce = { ...running, isDemo: false, warnings: [] };
  if (!(here instanceof Error) && isSameContext(here, running)) return { ...inForce, isDemo: here.isDemo };
  const what = here instanceof Error ? here.message : `context file '${here.file}' says something else`;
  logger.warn(
    `shown is what runs, as the scheduler read it from '${running.file}'; by now, ${what}: 'synergy restart' reads it again`,
  );
  return inForce;
};

/** Opens the store and the timetable over it for the length of `visit`; `contextOf` says of which context. */
export const withSchedulerClient = async (
  command: Command,
  visit: (client: SchedulerClient) => Promise<void>,
  contextOf: (adapters: Adapters, settings: Settings) => Promise<LoadedContext> = contextInForce,
): Promise<void> => {
  const opened = await openAdapters(await settingsOf(command));
  const adapters = {
    ...opened,
    timetableClock: await readerClock(opened.store, opened.settings, opened.clock),
  };
  try {
    const prepared = await prepare(adapters, logger, (settings) => contextOf(adapters, settings));
    const offline = await openOffline(prepared.options);
    try {
      // Ctrl-C ends the process, and all that it reads.
      const request = { actor: userName(), signal: new AbortController().signal };
      await visit({ ...offline, api: offline.apiFor(request), request, adapters, prepared });
    } finally {
      await offline.close();
    }
  } finally {
    await adapters.close();
  }
};

/** Recorded where the user gave no reason: a command line is also for scripts. */
const DEFAULT_REASON = 'asked for on the command line';

/** The option `--reason`, which every command that changes something has. */
export const reasonOption = (): Option => fieldOption('--reason <text>', reason, DEFAULT_REASON);

/** Has a command carried out: by the scheduler at work, or here when there is none. */
export const execute = async (
  { api, request: { actor }, beginToLead, adapters, prepared }: SchedulerClient,
  asked: Asked,
): Promise<CommandRecord> => {
  const request = { ...asked, reason: asked.reason ?? DEFAULT_REASON };
  const lock = await adapters.store.tryLock(SCHEDULER_LOCK);
  if (lock !== undefined) {
    try {
      await beginToLead();
      return await api.execute(request);
    } finally {
      await lock.release();
    }
  }
  const sealed = await sealSecrets(request, prepared.options.seal);
  return throughLeader(adapters, commandRecord(sealed, { actor, now: adapters.clock.now() }));
};
