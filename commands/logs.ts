import type { Command } from 'commander';
import { SynergyError } from '../domain/errors.ts';
import type { LogRecord } from '../domain/model/record.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { entityRef } from '../domain/model/entity.ts';
import type { SchedulerApi } from '../scheduler/api/api.ts';
import { withSchedulerClient } from './cli/scheduler-client.ts';
import type { SchedulerClient } from './cli/scheduler-client.ts';
import { print } from '../lib/terminal/output.ts';
import { onEndSignals } from '../boot/signals.ts';
import { addSettings, storeSettings } from './cli/setting-options.ts';
import { sleep } from '../lib/sleep.ts';

const PAGE = 1000;
/** Units of a process whose output is shown. */
const UNITS = 5;
/** Pause between two looks with `--follow`, ms. */
const PAUSE = 500;

interface Options {
  readonly json?: boolean;
  readonly follow?: boolean;
}

/** Whose output is shown: one unit or daemon, or the newest units of a process, oldest first. */
const parentsOf = async ({ api, prepared }: SchedulerClient, name: string): Promise<readonly string[]> => {
  if (entityRef(name)?.kind === 'uow') return [(await api.uow(name)).id];
  const { processes } = prepared.loaded.context;
  const entry = processes.find((process) => process.name === name);
  if (entry === undefined) {
    const rest =
      didYouMean(
        name,
        processes.map((process) => process.name),
      ) || ': expected the id of a unit of work or the name of a process';
    throw new SynergyError('NOT_FOUND', `nothing is named '${name}'${rest}`);
  }
  if (entry.kind === 'daemon') return [name];
  return (await api.uows({ processName: name, limit: UNITS })).map((uow) => uow.id).reverse();
};

const printLine = ({ parentId, at, stream, line, attempt, sequence }: LogRecord, { json }: Options): void =>
  print(
    json === true
      ? JSON.stringify({ parentId, attempt, sequence, at, stream, line })
      : `${new Date(at).toISOString()} ${parentId} ${stream === 'stderr' ? '! ' : ''}${line}`,
  );

/** Prints what came after `last` for each parent, and moves it on. */
const printNew = async (
  api: SchedulerApi,
  parents: readonly string[],
  last: Map<string, number>,
  options: Options,
): Promise<number> => {
  let printed = 0;
  for (const parent of parents) {
    for (;;) {
      const lines = await api.log(parent, last.get(parent) ?? -1, PAGE);
      for (const line of lines) {
        printLine(line, options);
        last.set(parent, line.sequence);
      }
      printed += lines.length;
      if (lines.length < PAGE) break;
    }
  }
  return printed;
};

const show = async (client: SchedulerClient, name: string, options: Options): Promise<void> => {
  const last = new Map<string, number>();
  const printed = await printNew(client.api, await parentsOf(client, name), last, options);
  if (options.follow !== true) {
    if (printed === 0 && options.json !== true) print(`no output of ${name}`);
    return;
  }
  const stop = new AbortController();
  onEndSignals(
    () => stop.abort(),
    () => process.exit(0),
  );
  const stopped = (): boolean => stop.signal.aborted;
  while (!stopped()) {
    await sleep(PAUSE);
    await printNew(client.api, await parentsOf(client, name), last, options);
  }
};

/** `synergy logs <uow|process> [-f]` */
export const define = (command: Command): void => {
  addSettings(command, storeSettings)
    .argument('<name>', 'id of a unit of work, or a process: its newest units')
    .option('-f, --follow', 'go on as output comes')
    .option('--json', 'print one JSON object a line')
    .addHelpText(
      'after',
      `\nExample:\n  $ synergy logs 'SiteHourly/2015051710#1'\n  $ synergy logs SiteHourly -f`,
    )
    .action((name: string, options: Options) =>
      withSchedulerClient(command, (client) => show(client, name, options)),
    );
};
