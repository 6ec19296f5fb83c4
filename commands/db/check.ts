import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unreadableAdvice, unreadableText } from '../../domain/model/unreadable.ts';
import type { SetAside, UnreadableValue } from '../../domain/model/unreadable.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { Evidence } from '../../domain/invariants/evidence.ts';
import { violationText } from '../../domain/invariants/violation.ts';
import type { Invariant } from '../../domain/invariants/violation.ts';
import { oneLine } from '../../domain/one-line.ts';
import { plural } from '../../domain/plural.ts';
import { tryExclusiveAccess } from '../../boot/box/exclusive-access.ts';
import { checkDataDir } from '../../boot/box/preflight.ts';
import { checkStore } from '../../boot/check/check-store.ts';
import type { Checking } from '../../boot/check/check-store.ts';
import type { CheckProgress, InvariantReport } from '../../boot/check/invariants.ts';
import { QuietFailure } from '../../lib/terminal/exit.ts';
import { createProgressDisplay } from '../../lib/terminal/progress.ts';
import { print, printError, printJson } from '../../lib/terminal/output.ts';
import { addSettings, settingsOf } from '../cli/setting-options.ts';

/** A check that is over sooner shows no progress, ms. */
const SHORT = 1_000;
/** Lines about one invariant; one cause often shows in thousands of jobs. */
const MOST_LINES = 20;

const situations: Readonly<Record<Evidence['situation'], string>> = {
  'at-work': 'at work: what passes within 30 s was left out',
  stopped: 'stopped: work may be unfinished',
  done: 'said to be done',
};

const tell = (
  { situation, counts, violations, unjudged }: InvariantReport,
  damage: readonly string[],
): void => {
  const { transitions, jobs, uows } = counts;
  const checked = [
    plural(transitions, 'transition'),
    plural(jobs, 'job'),
    plural(uows, 'unit of work', 'units of work'),
  ];
  print(`${checked.join(', ')} checked (${situations[situation]})`);
  for (const { invariant, title, because } of unjudged)
    print(`not judged: ${invariant} ${title}: ${because}`);
  for (const line of damage) print(`file: ${line}`);
  const shown = new Map<Invariant, number>();
  for (const violation of violations) {
    const before = shown.get(violation.invariant) ?? 0;
    shown.set(violation.invariant, before + 1);
    if (before < MOST_LINES) print(oneLine(violationText(violation)));
  }
  for (const [invariant, count] of shown)
    if (count > MOST_LINES) print(`${invariant}: ${count - MOST_LINES} more, all of them with --json`);
};

const tellRepair = ({ file, done }: SetAside): void => {
  for (const line of done) print(`repaired: ${oneLine(line)}`);
  print(
    file === undefined
      ? 'nothing to repair: all values can be read back'
      : `what could not be read back is kept in '${file}'`,
  );
};

const tellUnreadable = (values: readonly UnreadableValue[]): void => {
  for (const value of values.slice(0, MOST_LINES))
    print(`unreadable: ${oneLine(unreadableText(value))} cannot be read back: ${unreadableAdvice}`);
  if (values.length > MOST_LINES)
    print(`unreadable: ${values.length - MOST_LINES} more, all of them with --json`);
};

const check = async (command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  const options = command.opts<Checking['options'] & { json?: true }>();
  const { json = false } = options;
  const file = settings.store === 'embedded' ? join(settings.dataDir, 'synergy.db') : undefined;
  // One of another user would look as if it were empty.
  if (existsSync(settings.dataDir)) checkDataDir(settings);
  if (file !== undefined && !existsSync(file)) {
    throw new SynergyError('NOT_FOUND', `there is no store in '${settings.dataDir}' to check`);
  }
  const display = json ? undefined : await createProgressDisplay();
  let begun: number | undefined;
  const progress = ({ table, rows, total }: CheckProgress): void => {
    begun ??= performance.now();
    if (performance.now() - begun > SHORT)
      display?.show(`checking ${table}: ${rows} of ${plural(Math.max(rows, total), 'row')}`);
  };
  try {
    const { damage, report, unreadable, repaired } = await tryExclusiveAccess(settings, (inUseBy) =>
      checkStore({ settings, inUseBy, options, progress, note: printError }),
    );
    display?.close();
    if (json) printJson({ damage, repaired, unreadable, ...report });
    else {
      if (repaired !== undefined) tellRepair(repaired);
      tell(report, damage);
      tellUnreadable(unreadable);
    }
    if (damage.length + unreadable.length + report.violations.length > 0) throw new QuietFailure();
    if (!json) print('sound');
  } finally {
    display?.close();
  }
};

const help = `
Seventeen invariants are judged by what is stored, the context and the settings; what each reads, and what it takes to
judge the rest, is in docs/guarantees.md. While a scheduler or a worker is at work, what is found is looked at again for
30 s, and what passes is no violation. Exits with 1 when anything is wrong.

Example:
  $ synergy db check`;

/** `synergy db check` */
export const defineCheck = (command: Command): void => {
  addSettings(command, ['dataDir', 'context'])
    .description('verify the file and the ledger')
    .option('--done', 'expect all work to have ended: no unit unfinished, no ended period without its job')
    .option('--repair', 'replace stored values that cannot be read back, and keep their texts in a file')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(() => check(command));
};
