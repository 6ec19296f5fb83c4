import type { Command } from 'commander';
import { boxSpec } from '../db/collections.ts';
import { existsSync } from 'node:fs';
import { SynergyError } from '../domain/errors.ts';
import { bytesText } from '../domain/bytes-text.ts';
import { growthText } from '../domain/store-size.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { formatDuration } from '../domain/time/duration.ts';
import { isForegroundService } from '../domain/model/worker-gap.ts';
import type { BoxRecord } from '../domain/model/record.ts';
import type { Settings } from '../settings.ts';
import { readGrowth } from '../scheduler/maintenance/store-size.ts';
import { usageOf } from '../lib/os/process-stat.ts';
import { usageOfMarked } from '../supervisor/usage.ts';
import { withStore } from '../boot/adapters.ts';
import { print, printError, printJson, printTable } from '../lib/terminal/output.ts';
import { SUPERVISOR, WORKER, supervisedServices } from '../domain/model/service-name.ts';
import { runningServices } from '../boot/box/running-services.ts';
import { addSettings, settingsOf } from './cli/setting-options.ts';

const MEGABYTE = 1_048_576;

/** What the store says of this box and of itself. */
const readStore = async (settings: Settings) => {
  const nothing = { records: [] as readonly BoxRecord[], growth: null };
  // Asking alone should make nothing.
  if (!existsSync(settings.dataDir)) return nothing;
  try {
    return await withStore(settings, async (store) => {
      const records = await store.collection(boxSpec).list();
      return {
        records: records.filter((record) => record.boxId === settings.boxId),
        growth: await readGrowth(store, Date.now()),
      };
    });
  } catch (error) {
    // What runs here is known without it.
    if (!(error instanceof SynergyError) || error.code !== 'STORE_UNREACHABLE') throw error;
    printError(`synergy: ${error.message}`);
    return nothing;
  }
};

/** What runs on this box, and the services that a supervisor should run and does not; the size of the store, if there is one. */
export const readBox = async (settings: Settings) => {
  const running = runningServices(settings.dataDir);
  const { records: known, growth: store } = await readStore(settings);
  const records = new Map(known.map((record) => [record.unit, record]));
  const up = running.map(({ service, pid, startedAt, mark }) => {
    const record = records.get(service);
    return {
      service,
      state: 'running' as const,
      pid,
      uptimeMs: Date.now() - startedAt,
      restarts: record?.restarts ?? null,
      rssBytes: (mark === null ? usageOf(pid) : usageOfMarked(mark))?.rssBytes ?? null,
      cpuPercent: record?.cpuPercent ?? null,
      lastExit: record?.lastExit ?? null,
    };
  });
  const isUp = (service: string): boolean => running.some((file) => file.service === service);
  const down = [...records.values()]
    .filter(({ unit }) => !isUp(unit) && !isForegroundService(unit))
    .map(({ unit: service, pid, actual, restarts, lastExit }) => {
      // Daemons are in a worker, and so is the service of event triggers where a worker in the foreground serves all.
      const isInWorker = !supervisedServices.includes(service) || running.some((file) => file.pid === pid);
      // Without a supervisor its last word counts for nothing.
      const isKnown = isInWorker ? isUp(WORKER) : isUp(SUPERVISOR) && actual !== 'running';
      const state = isKnown ? actual : 'stopped';
      return {
        service,
        state,
        pid: null,
        uptimeMs: null,
        restarts,
        rssBytes: null,
        cpuPercent: null,
        lastExit,
      };
    });
  return { services: [...up, ...down], store };
};

/** The answer in JSON. */
export type BoxStatus = Awaited<ReturnType<typeof readBox>>;
/** One line of the answer. */
type ServiceStatus = BoxStatus['services'][number];

const dash = (value: number | null, text: (value: number) => string): string =>
  value === null ? '-' : text(value);

/** Prints statuses for people. */
export const printStatuses = (statuses: readonly ServiceStatus[]): Promise<void> =>
  printTable(
    ['service', 'state', 'pid', 'uptime', 'restarts', 'memory', 'cpu', 'last exit'],
    statuses.map((status) => [
      status.service,
      status.state,
      dash(status.pid, String),
      dash(status.uptimeMs, formatDuration),
      dash(status.restarts, String),
      dash(status.rssBytes, (bytes) => `${Math.round(bytes / MEGABYTE)} MB`),
      dash(status.cpuPercent, (percent) => `${percent.toFixed(1)} %`),
      status.lastExit ?? '-',
    ]),
    'nothing runs',
  );

const notKnown = (name: string, known: readonly string[]): SynergyError =>
  new SynergyError(
    'NOT_FOUND',
    `nothing named '${name}' runs here${didYouMean(name, known) || `; there are: ${known.join(', ') || 'none'}`}`,
  );

const query = async (names: readonly string[], command: Command): Promise<void> => {
  const { services, store } = await readBox(await settingsOf(command));
  const known = services.map(({ service }) => service);
  for (const name of names.filter((given) => !known.includes(given))) throw notKnown(name, known);
  const statuses = names.length === 0 ? services : services.filter(({ service }) => names.includes(service));
  if (command.opts<{ json?: boolean }>().json === true) return printJson({ services: statuses, store });
  await printStatuses(statuses);
  if (names.length === 0 && store !== null)
    print(`store: ${bytesText(store.bytes)}, ${growthText(store.growthPerDay)}`);
};

/** `synergy query [name…]` */
export const define = (command: Command): void => {
  addSettings(command, ['dataDir'])
    .argument('[name...]', 'services to show; all when left out')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ synergy query --json')
    .action((names: string[]) => query(names, command));
};
