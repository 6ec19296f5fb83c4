import type { Command } from 'commander';
import { plural } from '../domain/plural.ts';
import { withStore } from '../boot/adapters.ts';
import { demoReport } from '../demo/report.ts';
import type { DemoReport } from '../demo/report.ts';
import { lateHours, lateHoursText } from '../demo/late-hours.ts';
import { print, printJson, printTable } from '../lib/terminal/output.ts';
import { addSubcommand, settingsOf } from './cli/setting-options.ts';

const counted = (count: number): string => count.toLocaleString('en');

/** The report, and the hours whose lines it lacks. */
type Shown = DemoReport & { readonly late: readonly string[] };

const printReport = async ({ lines, malformed, late, ...levels }: Shown): Promise<void> => {
  const rows = Object.entries(levels).flatMap(([level, periods]) =>
    periods.map(({ timeperiod, requests, bytes, visitors }) => [
      level,
      timeperiod,
      ...[requests, bytes, visitors].map(counted),
    ]),
  );
  await printTable(['level', 'timeperiod', 'requests', 'bytes', 'visitors'], rows, 'no requests yet');
  if (lines === null) print('requests invented by the built-in stream');
  else print(`${plural(counted(lines), 'line')} read, ${counted(malformed ?? 0)} malformed`);
  const hint = lateHoursText(late);
  if (hint !== undefined) print(hint);
};

const report = async (json: boolean, command: Command): Promise<void> => {
  await withStore(await settingsOf(command), async (store) => {
    const found = { ...(await demoReport(store.data)), late: await lateHours(store) };
    await (json ? printJson(found) : printReport(found));
  });
};

/** `synergy demo`: what the demo suite found. */
export const define = (command: Command): void => {
  const text = 'requests, bytes and visitors by hour, day and month, read from the store';
  addSubcommand(command, 'report', text, ['dataDir'])
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }, own: Command) => report(options.json === true, own));
};
