import { DatabaseSync } from '@photostructure/sqlite';
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { refuseUnfinishedCopy } from '../../db/copy-mark.ts';
import { openStore } from '../../db/registry.ts';
import type { MovableStore } from '../../db/transfer.ts';
import { unreadableAdvice, unreadableText } from '../../domain/model/unreadable.ts';
import type { SetAside, UnreadableValue } from '../../domain/model/unreadable.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { Evidence } from '../../domain/invariants/evidence.ts';
import { violationText } from '../../domain/invariants/violation.ts';
import type { Invariant } from '../../domain/invariants/violation.ts';
import { oneLine } from '../../domain/one-line.ts';
import { plural } from '../../domain/plural.ts';
import { toInterval } from '../../domain/time/timeperiod.ts';
import { checkQualifiers, groupingsOf, readRegister } from '../../scheduler/register.ts';
import { settleUnreadable } from '../../scheduler/unreadable.ts';
import type { Settings } from '../../settings.ts';
import { placeOf, tryExclusiveAccess } from '../../boot/box/exclusive-access.ts';
import { checkInvariants } from './invariants.ts';
import type { CheckProgress, InvariantReport } from './invariants.ts';
import { QuietFailure } from '../../lib/terminal/exit.ts';
import { createProgressDisplay } from '../../lib/terminal/progress.ts';
import { loadContext } from '../../boot/load-context.ts';
import { checkDataDir } from '../../boot/box/preflight.ts';
import { print, printError, printJson } from '../../lib/terminal/output.ts';
import { addSettings, settingsOf } from '../cli/setting-options.ts';
import { keptStartTimeperiod } from '../../boot/start-timeperiod.ts';
import { lookersClock } from '../../boot/timetable-clock.ts';
import { systemClock } from '../../lib/system-clock.ts';

/** The bound of recovery at defaults: what is due moves within so long, ms; that is three rounds of the collector. */
const RECOVERY = 30_000;
const ROUNDS = 3;
/** A check that is over sooner shows no progress, ms. */
const SHORT = 1_000;
/** Lines about one invariant; one cause often shows in thousands of jobs. */
const MOST_LINES = 20;
/** Shorter passwords are found in any text. */
const SHORTEST_SECRET = 8;

/** What SQLite finds wrong with the file of the embedded store. */
const fileDamage = (path: string): string[] => {
  const database = new DatabaseSync(path);
  try {
    const rows = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  } finally {
    database.close();
  }
};

/** Passwords that the settings hold, which the store must not. */
const secretsOf = ({ store, queue }: Settings): string[] =>
  [store, queue].flatMap((url) => {
    const password = URL.canParse(url) ? decodeURIComponent(new URL(url).password) : '';
    return password.length < SHORTEST_SECRET ? [] : [password];
  });

/** Since when the schedulers that boxes tell of have been at work, ms; undefined when none is known. */
const movingSince = async (store: MovableStore): Promise<number | undefined> => {
  const starts = (await store.boxes()).flatMap(({ unit, actual, startedAt }) =>
    unit === 'scheduler' && actual === 'running' && startedAt !== null ? [startedAt] : [],
  );
  return starts.length === 0 ? undefined : Math.max(...starts);
};

/** What the context says, for a store that a scheduler has begun; one that cannot be loaded is told of. */
const timetableOf = async (
  store: MovableStore,
  settings: Settings,
): Promise<Pick<Evidence, 'context' | 'timetable' | 'groupings'>> => {
  const start = await keptStartTimeperiod(store);
  if (start === undefined) return {};
  const timetableClock = await lookersClock(store, settings, systemClock);
  try {
    const { context } = await loadContext({ ...settings, startTimeperiod: start });
    const register = await readRegister(store);
    await checkQualifiers(context, store, register);
    const groupings = groupingsOf(register);
    return {
      context,
      groupings,
      timetable: { start: toInterval('hourly', start).start, now: timetableClock.now() },
    };
  } catch (error) {
    if (!(error instanceof SynergyError)) throw error;
    printError(`without the context: ${oneLine(error.message)}`);
    return {};
  }
};

const evidenceFor = async (
  store: MovableStore,
  settings: Settings,
  situation: Evidence['situation'],
): Promise<Evidence> => {
  const { maxCrashes, resubmitAfter, workerGrace, sweepInterval } = settings;
  const recovery = Math.max(RECOVERY, ROUNDS * sweepInterval);
  const since = situation === 'at-work' ? await movingSince(store) : undefined;
  return {
    situation,
    now: systemClock.now(),
    limits: { maxCrashes, resubmitAfter, recovery, killGrace: workerGrace },
    canaries: secretsOf(settings),
    ...(since === undefined ? {} : { movingSince: since }),
    ...(await timetableOf(store, settings)),
  };
};

/** Workers hold no lock: whether some unit is held by one. */
const hasWorker = async (store: MovableStore): Promise<boolean> => {
  const running = await store.findUows({ states: ['IN_PROGRESS'] });
  return running.some(({ lease }) => lease !== null && lease.expiresAt > systemClock.now());
};

interface CheckOptions {
  readonly json?: true;
  readonly done?: true;
  readonly repair?: true;
}

/** What a check found, and what it did before when it was to repair. */
interface Outcome {
  readonly report: InvariantReport;
  readonly unreadable: readonly UnreadableValue[];
  readonly repaired: SetAside | undefined;
}

interface Checking {
  readonly settings: Settings;
  /** Who keeps the store from being at rest. */
  readonly inUseBy: string | undefined;
  readonly options: CheckOptions;
  readonly progress: (progress: CheckProgress) => void;
}

/** Puts values that cannot be read back out of the way; no work that needs them is done without them. */
const setAside = async (store: MovableStore): Promise<SetAside> => {
  const at = systemClock.now();
  const epoch = await store.latestEpoch();
  const settled = await settleUnreadable(store, { actor: 'db check --repair', reason: null, at, epoch });
  const { file, done } = await store.setUnreadableAside(at);
  return { file, done: [...settled.done, ...done] };
};

const checkStore = async ({ settings, inUseBy, options, progress }: Checking): Promise<Outcome> => {
  const { done = false, repair = false } = options;
  const store = await openStore(settings.store, { dataDir: settings.dataDir, clock: systemClock });
  try {
    await refuseUnfinishedCopy(store);
    // What a crash left half written is no violation: the next scheduler would finish it first, and so does this.
    if (inUseBy === undefined) await store.repair();
    const busy = inUseBy ?? ((await hasWorker(store)) ? 'worker' : undefined);
    if ((done || repair) && busy !== undefined) {
      throw new SynergyError(
        'STORE_LOCKED',
        `'${placeOf(settings)}' is in use by a running ${busy}: --${repair ? 'repair' : 'done'} is for a store that nothing works on`,
      );
    }
    const repaired = repair ? await setAside(store) : undefined;
    const situation = done ? 'done' : busy === undefined ? 'stopped' : 'at-work';
    return {
      repaired,
      unreadable: await store.unreadable('all'),
      report: await checkInvariants(store, {
        evidence: await evidenceFor(store, settings, situation),
        progress,
      }),
    };
  } finally {
    await store.close();
  }
};

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
  const options = command.opts<CheckOptions>();
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
    const { report, unreadable, repaired } = await tryExclusiveAccess(settings, (inUseBy) =>
      checkStore({ settings, inUseBy, options, progress }),
    );
    const damage = file === undefined ? [] : fileDamage(file);
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
Sixteen invariants are judged by what is stored, the context and the settings; what each reads, and what it takes to
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
