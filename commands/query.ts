import type { Command } from 'commander';
import { boxSpec } from '../db/collections.ts';
import { existsSync } from 'node:fs';
import { SynergyError } from '../domain/errors.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { formatDuration } from '../domain/time/duration.ts';
import { isForegroundService } from '../domain/model/worker-gap.ts';
import type { BoxRecord } from '../domain/model/record.ts';
import type { Settings } from '../settings.ts';
import { usageOf } from '../lib/os/process-stat.ts';
import { usageOfMarked } from '../supervisor/usage.ts';
import { withStore } from '../boot/adapters.ts';
import { printError, printJson, printTable } from '../lib/terminal/output.ts';
import { runningServices } from '../boot/box/running-services.ts';
import { addSettings, settingsOf } from './cli/setting-options.ts';

const MEGABYTE = 1_048_576;

const boxRecords = async (settings: Settings): Promise<readonly BoxRecord[]> => {
  // Asking alone should make nothing.
  if (!existsSync(settings.dataDir)) return [];
  try {
    const records = await withStore(settings, (store) => store.collection(boxSpec).list());
    return records.filter((record) => record.boxId === settings.boxId);
  } catch (error) {
    // What runs here is known without it.
    if (!(error instanceof SynergyError) || error.code !== 'STORE_UNREACHABLE') throw error;
    printError(`synergy: ${error.message}`);
    return [];
  }
};

/** All others that are written down run inside a worker. */
const supervisedServices = ['scheduler', 'worker'];

/** What runs on this box, and the services that a supervisor should run and does not. */
export const serviceStatuses = async (settings: Settings) => {
  const running = runningServices(settings.dataDir);
  const records = new Map((await boxRecords(settings)).map((record) => [record.unit, record]));
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
  const supervised = isUp('supervisor');
  const down = [...records.values()]
    .filter(({ unit }) => !isUp(unit) && !isForegroundService(unit))
    .map(({ unit: service, actual, restarts, lastExit }) => {
      // Without a supervisor its last word counts for nothing.
      const isDaemon = !supervisedServices.includes(service);
      const isKnown = isDaemon ? isUp('worker') : supervised && actual !== 'running';
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
  return [...up, ...down];
};

/** One line of the answer; also its JSON. */
export type ServiceStatus = Awaited<ReturnType<typeof serviceStatuses>>[number];

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
  const all = await serviceStatuses(await settingsOf(command));
  const known = all.map(({ service }) => service);
  for (const name of names.filter((given) => !known.includes(given))) throw notKnown(name, known);
  const statuses = names.length === 0 ? all : all.filter((status) => names.includes(status.service));
  await (command.opts<{ json?: boolean }>().json === true ? printJson(statuses) : printStatuses(statuses));
};

/** `synergy query [name…]` */
export const define = (command: Command): void => {
  addSettings(command, ['dataDir'])
    .argument('[name...]', 'services to show; all when left out')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ synergy query --json')
    .action((names: string[]) => query(names, command));
};
