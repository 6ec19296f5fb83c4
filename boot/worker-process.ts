import { SynergyError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import { EVENT_WORKER, WORKER } from '../domain/model/service-name.ts';
import { foregroundService } from '../domain/model/worker-gap.ts';
import { isPresentOn } from '../domain/model/present-on.ts';
import type { ProcessContext, ProcessEntry } from '../domain/model/process.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { heartbeatThread } from '../worker/leases/heartbeat.ts';
import { guardExit, redirectOutput } from '../worker/output/run-output.ts';
import type { WorkerTimings } from '../worker/timings.ts';
import { createWorkerHost } from '../worker/worker-host.ts';
import type { Settings } from '../settings.ts';
import { createBoxBook } from './box/box-book.ts';
import type { Adapters } from './adapters.ts';
import { holdWork } from './box/hold-work.ts';
import { openDeliveries } from './deliveries.ts';
import { loadModule } from './load-module.ts';
import { prepare } from './scheduler-options.ts';
import { entryUrl } from './entry/entry-url.ts';
import { openServiceAdapters } from './box/membership.ts';
import { builtInProcesses } from './load-context.ts';
import type { Running, ServiceBegin } from './service-process.ts';
import { contextDigest } from './running-context.ts';
import { openTracing } from './tracing.ts';

/** Of deliveries, which are many and short, and of which nobody waits for the report, ms. */
const GATHER = 25;

/** Processes of a context that run on a box. */
export const processesOn = ({ processes }: ProcessContext, boxId: string): ProcessEntry[] =>
  processes.filter((entry) => isPresentOn(entry, boxId));

/** Processes by name. Throws `NOT_FOUND`, `INVALID_ARGUMENT` for an external one. */
const named = ({ processes }: ProcessContext, names: readonly string[]): ProcessEntry[] =>
  names.map((name) => {
    const entry = processes.find((process) => process.name === name);
    if (entry?.worker.kind === 'external') {
      throw new SynergyError(
        'INVALID_ARGUMENT',
        `'${name}' is external: it has no worker to start here, but takes yours; see docs/workers.md`,
      );
    }
    if (entry !== undefined) return entry;
    const known = processes.map((process) => process.name);
    throw new SynergyError('NOT_FOUND', `no process is named '${name}'${didYouMean(name, known)}`);
  });

const isOfEvents = ({ worker }: ProcessEntry): boolean => worker.kind === 'event';

/** What a worker serves: all processes that belong on its box, those that belong to a service of the supervisor, or named ones. */
export type WorkerPart = 'all' | typeof WORKER | typeof EVENT_WORKER | readonly string[];

/** The processes of a part. Throws as `named`. */
export const servedProcesses = (
  context: ProcessContext,
  boxId: string,
  part: Exclude<WorkerPart, typeof EVENT_WORKER>,
): ProcessEntry[] => {
  if (typeof part !== 'string') return named(context, part);
  const all = processesOn(context, boxId);
  return part === 'all' ? all : all.filter((entry) => !isOfEvents(entry));
};

/** Deliveries need nothing that a user wrote: a module that fails or blocks as it is loaded does not touch them. */
const readServed = async (
  adapters: Adapters,
  part: WorkerPart,
  logger: Logger,
): Promise<{ served: ProcessEntry[]; context?: string }> => {
  const { settings } = adapters;
  if (part === EVENT_WORKER) return { served: builtInProcesses(settings) };
  const { loaded } = await prepare(adapters, logger);
  const served = servedProcesses(loaded.context, settings.boxId, part);
  return { served, context: contextDigest(loaded) };
};

const namesOf = (served: readonly ProcessEntry[]): string[] => served.map(({ name }) => name);

/** What others call a worker of a part. */
const serviceOf = (part: WorkerPart): string => {
  if (typeof part !== 'string') return foregroundService(part);
  return part === EVENT_WORKER ? EVENT_WORKER : WORKER;
};

const timingsOf = (
  { lease, heartbeat, workerGrace: killGrace }: Settings,
  part: WorkerPart,
): Partial<WorkerTimings> => ({
  ...{ lease, heartbeat, killGrace },
  ...(part === EVENT_WORKER && { gather: GATHER }),
});

/** What is written down of a worker without a supervisor: where one serves all, it is that of event triggers as well. */
const foregroundServices = (part: WorkerPart, served: readonly ProcessEntry[]): string[] => {
  if (typeof part !== 'string') return [foregroundService(part)];
  return served.some(isOfEvents) ? [WORKER, EVENT_WORKER] : [WORKER];
};

/** What a worker serves, and whether a supervisor writes down that it runs. */
export interface WorkerRun {
  readonly part: WorkerPart;
  readonly supervised: boolean;
}

/** Runs units of work in this process. */
export const runWorker = async (begin: ServiceBegin, { part, supervised }: WorkerRun): Promise<Running> => {
  const { settings, owner, logger } = begin;
  const { store, dataDir } = settings;
  const adapters = await openServiceAdapters(settings, logger);
  try {
    const book = createBoxBook({ ...adapters, logger }, settings.boxId);
    const { served, ...context } = await readServed(adapters, part, logger);
    const joined = await adapters.join({ service: serviceOf(part), ...context, processes: namesOf(served) });
    const tracing = await openTracing(begin, 'worker');
    const deliveries = openDeliveries(adapters, served);
    const host = createWorkerHost({
      ...adapters,
      logger,
      tracer: tracing.tracer,
      processes: served,
      mayServe: holdWork(served, { ...adapters, logger, book, boxId: settings.boxId }),
      owner,
      deliveries,
      startHeartbeat: heartbeatThread(entryUrl('heartbeat'), { store, dataDir }, logger),
      loadModule,
      handlerChild: entryUrl('handler'),
      environment: process.env,
      daemonChanged: (name, change) => book.put(name, change),
      maxCrashes: settings.maxCrashes,
      timings: timingsOf(settings, part),
    });
    const ends = [redirectOutput(), guardExit()];
    host.start();
    const kept = supervised ? [] : foregroundServices(part, served).map((service) => book.keep(service));
    return {
      stop: async () => {
        void joined.leave();
        await host.stop(settings.workerGrace);
        await deliveries?.courier.close();
        await tracing.close();
        for (const end of [...ends, ...kept]) end();
        await book.settled();
        await adapters.close();
      },
    };
  } catch (error) {
    await adapters.close();
    throw error;
  }
};
