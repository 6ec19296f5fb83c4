import { SynergyError } from '../domain/errors.ts';
import { foregroundService } from '../domain/model/worker-gap.ts';
import { isPresentOn } from '../domain/model/present-on.ts';
import type { ProcessContext, ProcessEntry } from '../domain/model/process.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { heartbeatThread } from '../worker/leases/heartbeat.ts';
import { guardExit, redirectOutput } from '../worker/output/run-output.ts';
import { createWorkerHost } from '../worker/worker-host.ts';
import { createBoxBook } from './box/box-book.ts';
import { openAdapters } from './adapters.ts';
import { holdWork } from './box/hold-work.ts';
import { openDeliveries } from './deliveries.ts';
import { loadModule } from './load-module.ts';
import { prepare } from './scheduler-options.ts';
import { entryUrl } from './entry/entry-url.ts';
import type { Running, ServiceBegin } from './service-process.ts';
import { openTracing } from './tracing.ts';

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

/** What a worker of a box serves: the processes named, else all that belong there. Throws as `named`. */
export const servedProcesses = (
  context: ProcessContext,
  boxId: string,
  names: readonly string[] | undefined,
): ProcessEntry[] => (names === undefined ? processesOn(context, boxId) : named(context, names));

/** What a worker serves, and whether a supervisor writes down that it runs. */
export interface WorkerPart {
  /** All processes that belong on this box when left out. */
  readonly names?: readonly string[];
  readonly supervised: boolean;
}

/** Runs units of work in this process. */
export const runWorker = async (begin: ServiceBegin, { names, supervised }: WorkerPart): Promise<Running> => {
  const { settings, owner, logger } = begin;
  const { store, dataDir } = settings;
  const adapters = await openAdapters(settings);
  try {
    const { context } = (await prepare(adapters, logger)).loaded;
    const book = createBoxBook({ ...adapters, logger }, settings.boxId);
    const served = servedProcesses(context, settings.boxId, names);
    const tracing = await openTracing(begin, 'worker');
    const deliveries = openDeliveries(settings, served);
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
      timings: { lease: settings.lease, heartbeat: settings.heartbeat, killGrace: settings.workerGrace },
    });
    const ends = [redirectOutput(), guardExit()];
    host.start();
    const leave = supervised ? undefined : book.keep(foregroundService(names ?? []));
    return {
      stop: async () => {
        await host.stop(settings.workerGrace);
        await deliveries?.courier.close();
        await tracing.close();
        for (const end of ends) end();
        leave?.();
        await book.settled();
        await adapters.close();
      },
    };
  } catch (error) {
    await adapters.close();
    throw error;
  }
};
